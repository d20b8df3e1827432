using Microsoft.Extensions.Localization;
using Tapwork.Infrastructure.Interventions;

namespace Tapwork.Web.Interventions;

/// <summary>A line of an intervention's story as a plain sentence.</summary>
internal static class HistoryWords
{
    /// <summary>The text of the topic with who, what (a state or a kind, in words), from what, and the dossier's revision.</summary>
    public static string Say(IStringLocalizer texts, HistoryEntry entry)
    {
        var who = entry.Who ?? texts["history.system"].Value;
        object?[] words = [who, What(texts, entry), State(texts, "InterventionStatus", entry.Words.GetValueOrDefault("from")), entry.Revision];
        return entry.Kind switch
        {
            HistoryKind.Delivery => texts["history.delivery", words!],
            HistoryKind.Mail => texts["history.mail", who, Known(texts, $"history.mail.{entry.What}", [], entry.What)],
            HistoryKind.Change => texts["history.changed", words!],
            _ => Known(texts, $"history.{entry.What}", words, entry.What),
        };
    }

    /// <summary>Class of the dot.</summary>
    public static string? ToneOf(HistoryEntry entry) => entry switch
    {
        { Status: { } status } => Controls.Tones.Of(status),
        { What: "dossier.accepted" or "dossier.approved" } => "good",
        { What: "dossier.refused" or "dossier.rejected" } => "bad",
        { What: "dossier.stalled" } => "warn",
        { What: "intervention.moved" } => "info",
        _ => null,
    };

    private static string What(IStringLocalizer texts, HistoryEntry entry) => entry.What switch
    {
        "intervention.moved" => State(texts, "InterventionStatus", entry.Words.GetValueOrDefault("to")),
        "intervention.pdl_checked" => State(texts, "PdlState", entry.Words.GetValueOrDefault("state")),
        "intervention.account_checked" => State(texts, "AccountState", entry.Words.GetValueOrDefault("state")),
        "intervention.evidence_added" or "intervention.evidence_removed" or "intervention.document_checked" => Evidence(texts, entry.Words.GetValueOrDefault("kind")),
        "intervention.assigned" => entry.Words.GetValueOrDefault("installer") ?? texts["intervention.assign.nobody"].Value,
        "dossier.partner_heard" => $"{entry.Words.GetValueOrDefault("partner")} – {State(texts, "partner_status", entry.Words.GetValueOrDefault("status"))}",
        _ => entry.Words.GetValueOrDefault("status") ?? "",
    };

    private static string Evidence(IStringLocalizer texts, string? kind) =>
        texts[$"PhotoKind.{kind}"] is { ResourceNotFound: false } photo ? texts["history.photo", photo.Value] : State(texts, "DocumentKind", kind);

    private static string State(IStringLocalizer texts, string type, string? value) => value is null ? "" : Known(texts, $"{type}.{value}", [], value);

    // A topic this does not know yet is told by its name rather than not at all.
    private static string Known(IStringLocalizer texts, string key, object?[] words, string otherwise) =>
        texts[key] is { ResourceNotFound: false } ? texts[key, words!].Value : otherwise;
}
