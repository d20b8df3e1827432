using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Localization;
using Tapwork.Core.Accounts;
using Tapwork.Core.Documents;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Auditing;

/// <summary>An entry of the trail as a plain sentence.</summary>
internal static class AuditWords
{
    /// <summary>Values are cut here in a sentence; the entry itself shows them whole.</summary>
    private const int LongestValue = 60;

    private static readonly HashSet<string> Bookkeeping = ["ChangedAt", "MovedAt", "MovedBy", "StateAt", "PartnerStatusAt", "PartnerPreviousStatus", "VerdictAt", "VerdictPreviousStatus", "ConcurrencyStamp"];

    private static readonly Dictionary<string, string> States = new()
    {
        ["Status"] = nameof(InterventionStatus),
        ["PdlState"] = nameof(PdlState),
        ["AccountState"] = nameof(AccountState),
        ["DossierState"] = nameof(DossierState),
        ["State"] = nameof(DossierState),
        ["Role"] = nameof(Role),
    };

    /// <summary>All that entries tell of, as they bear it.</summary>
    public static readonly IReadOnlyList<string> Actions =
    [
        "created", "changed", "removed", "account.signed_in", "account.signed_out", "account.sign_in_failed", "account.locked_out", "account.unlocked", "account.recovery_requested",
        "account.recovery_ignored", "account.password_chosen", "audit.exported", "audit.found_broken", "audit.found_whole", "audit.heads_anchored", "audit.key_rotated", "audit.retired", "audit.values_erased", "delivery.replayed", "document.income_proof_viewed", "event.processed_again", "event.skipped", "inbound.replayed",
        "integration.breaker_forced", "integration.caught_up", "integration.reopened", "integration.secret_set", "integration.tested", "job.paused", "job.resumed", "job.run_now",
    ];

    /// <summary>Who did what to which record, with the old and the new value where it is one field, and the fields where it is several.</summary>
    public static string Say(IStringLocalizer texts, AuditRow row)
    {
        var (who, record) = (Who(texts, row.Entry), Record(texts, row));
        if (row.Entry.Action != "changed" || row.Changes.Count == 0)
            return Known(texts, $"audit.says.{row.Entry.Action}") is null ? $"{who} · {row.Entry.Action} · {record}"
                : texts[$"audit.says.{row.Entry.Action}", IsOfAccount(row.Entry) ? row.RecordName ?? texts["audit.unknown_account"].Value : who, record];
        // What only says that something else was changed, and when, is left to the entry itself.
        var telling = row.Changes.Where(c => !Bookkeeping.Contains(c.Field)).ToList() is { Count: > 0 } some ? some : [.. row.Changes];
        if (telling.Find(c => SentenceOf(c) == "audit.says.moved") is { } move)
            telling = [move];
        if (telling is [var only])
            return texts[SentenceOf(only), who, Field(texts, only.Field), record, Short(texts, row, only, only.Old), Short(texts, row, only, only.New)];
        var fields = string.Join(", ", telling.Take(3).Select(c => Field(texts, c.Field)));
        return telling.Count <= 3 ? texts["audit.says.changed_several", who, record, fields] : texts["audit.says.changed_many", who, record, fields, texts.Count("audit.more_fields", telling.Count - 3)];
    }

    // A person comes in as nobody, and an act on an account that no person did is told of its owner.
    private static bool IsOfAccount(AuditEntry entry) => entry.ActorId is null && entry.Action.StartsWith("account.", StringComparison.Ordinal)
        || entry.Action is "account.signed_out" or "account.password_chosen";

    public static string Who(IStringLocalizer texts, AuditEntry entry) => entry switch
    {
        { ActorId: not null } => entry.ActorName,
        { Cause: not null } => texts["audit.system"],
        _ => texts["audit.visitor"],
    };

    /// <summary>The record with its kind, as it stands in a sentence.</summary>
    public static string Record(IStringLocalizer texts, AuditRow row)
    {
        var kind = texts[$"audit.record.{row.Entry.RecordType}", row.RecordName ?? Brief(row.Entry.RecordId)];
        return kind.ResourceNotFound ? $"{row.Entry.RecordType} {row.RecordName ?? Brief(row.Entry.RecordId)}" : kind.Value;
    }

    public static string Kind(IStringLocalizer texts, string recordType) => Known(texts, $"audit.kind.{recordType}") ?? recordType;

    public static string Action(IStringLocalizer texts, string action) => Known(texts, $"audit.action.{action}") ?? action;

    public static string Field(IStringLocalizer texts, string field) => Known(texts, $"audit.field.{field}") ?? field;

    /// <summary>A value as the person knows it: states and records by name, moments in Paris.</summary>
    public static string Value(IStringLocalizer texts, AuditRow row, string field, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => texts["history.empty"],
        JsonValueKind.True => texts["audit.yes"],
        JsonValueKind.False => texts["audit.no"],
        JsonValueKind.Number when value.TryGetDecimal(out var number) => number.ToString(CultureInfo.CurrentCulture),
        JsonValueKind.String => Text(texts, row, field, value),
        _ when FieldValues.IsErased(value) => texts["audit.erased"],
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(item => Parts(texts, row, field, item))),
        JsonValueKind.Object => Parts(texts, row, field, value),
        _ => value.ToString(),
    };

    private static string Parts(IStringLocalizer texts, AuditRow row, string field, JsonElement value) => value.ValueKind == JsonValueKind.Object
        ? string.Join(' ', value.EnumerateObject().Where(p => p.Value.ValueKind != JsonValueKind.Null).Select(p => $"{Known(texts, $"equipment.{p.Name}") ?? p.Name} {Value(texts, row, p.Name, p.Value)}"))
        : Value(texts, row, field, value);

    private static string Text(IStringLocalizer texts, AuditRow row, string field, JsonElement value)
    {
        var text = value.GetString()!;
        if (FieldValues.IsMasked(value))
            return texts["audit.masked"];
        if (States.TryGetValue(field, out var state) && Known(texts, $"{state}.{text}") is { } word)
            return word;
        if (field == "Kind" && (Known(texts, $"{nameof(PhotoKind)}.{text}") ?? Known(texts, $"{nameof(DocumentKind)}.{text}")) is { } kind)
            return kind;
        if (Guid.TryParse(text, out var id))
            return row.Mentioned.GetValueOrDefault(id, text);
        if (DateOnly.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return Words.Day(day);
        return DateTimeOffset.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var moment) ? Words.Moment(moment) : text;
    }

    private static string SentenceOf(FieldValues change) => change switch
    {
        _ when FieldValues.IsMasked(change.New) || FieldValues.IsMasked(change.Old) => "audit.says.changed_hidden",
        { Field: "Status" or "State", Old.ValueKind: JsonValueKind.String, New.ValueKind: JsonValueKind.String } => "audit.says.moved",
        { Field: "AssignedTo", New.ValueKind: JsonValueKind.String } => "audit.says.assigned",
        { Old.ValueKind: JsonValueKind.Null } => "audit.says.changed_set",
        { New.ValueKind: JsonValueKind.Null } => "audit.says.changed_cleared",
        _ => "audit.says.changed",
    };

    private static string Short(IStringLocalizer texts, AuditRow row, FieldValues change, JsonElement value)
    {
        var text = Value(texts, row, change.Field, value);
        return text.Length <= LongestValue ? text : text[..(LongestValue - 1)] + "…";
    }

    private static string Brief(string id) => Guid.TryParse(id, out _) ? id[^6..] : id;

    private static string? Known(IStringLocalizer texts, string key) => texts[key] is { ResourceNotFound: false } known ? known.Value : null;
}
