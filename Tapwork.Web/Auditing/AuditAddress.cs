using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Web.Controls;

namespace Tapwork.Web.Auditing;

/// <summary>The filter as it stands in the address of the trail's page, of its exports and of saved views.</summary>
internal static class AuditAddress
{
    /// <summary>In place of a person: what no person did.</summary>
    public const string System = "system";

    /// <summary>The names under which parts of the filter stand.</summary>
    public static readonly IReadOnlyList<string> Names = ["q", "person", "role", "kind", "record", "field", "action", "from", "to", "ip", "correlation"];

    /// <summary>Reads it; what cannot be understood does not matter.</summary>
    public static AuditFilter Read(Func<string, string?> value) => new(
        ActorId: Guid.TryParse(value("person"), out var person) ? person : null,
        Role: UrlState.ChoiceOf<Role>(value("role")),
        RecordType: RecordOf(value("record"))?.Type ?? value("kind"),
        RecordId: RecordOf(value("record"))?.Id,
        Action: value("action"),
        Ip: value("ip")?.Trim(),
        CorrelationId: value("correlation")?.Trim(),
        From: FilterMoment.MomentOf(value("from")),
        // To the second, and with it.
        Until: FilterMoment.MomentOf(value("to"))?.AddSeconds(1),
        Field: value("field"),
        Search: value("q"),
        BySystem: value("person") == System);

    /// <summary>Kind and key from <c>Kind/key</c>.</summary>
    public static (string Type, string Id)? RecordOf(string? text) =>
        text?.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && slash < text.Length - 1 ? (text[..slash], text[(slash + 1)..]) : null;

    public static string Of(string recordType, string recordId) => $"{recordType}/{recordId}";
}
