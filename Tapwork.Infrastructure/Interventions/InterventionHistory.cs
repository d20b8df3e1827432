using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Integrations.Mail;
using Tapwork.Infrastructure.Integrations.Webhook;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Interventions;

/// <summary>The story of one intervention in one reading order: events, and for the back office deliveries, mails and what was changed.</summary>
public sealed class InterventionHistory(Database database, AuditedFields fields)
{
    /// <summary>The latest of each kind; older ones are found in the lists of their own.</summary>
    public const int Most = 200;

    // Told better by what was changed, or by the delivery itself.
    private static readonly string[] ToldElsewhere = ["intervention.changed", "dossier.resumed"];

    /// <summary>The latest first; empty when the actor may not see the intervention.</summary>
    public async Task<IReadOnlyList<HistoryEntry>> ReadAsync(Actor actor, Guid id, CancellationToken cancel)
    {
        await using var db = database.Open(actor);
        if (!await db.Interventions.SeenBy(actor).AnyAsync(i => i.Id == id, cancel))
            return [];
        var revisions = await db.Dossiers.Where(d => d.InterventionId == id).ToDictionaryAsync(d => d.Id, d => d.Revision, cancel);
        List<HistoryEntry> all = await EventsAsync(db, id, revisions, cancel);
        if (actor.SeesAllCompanies)
            all = [.. all.Where(e => !ToldElsewhere.Contains(e.What)), .. await DeliveriesAsync(db, id, revisions, cancel), .. await ChangesAsync(db, id, cancel)];
        else
            all.RemoveAll(e => e.What.StartsWith(DeliveryEvent.Prefix, StringComparison.Ordinal));
        return [.. all.OrderByDescending(e => e.At).ThenByDescending(e => e.Key, StringComparer.Ordinal)];
    }

    private static async Task<List<HistoryEntry>> EventsAsync(TapworkDbContext db, Guid id, Dictionary<Guid, int> revisions, CancellationToken cancel)
    {
        var subjects = revisions.Keys.Append(id).ToList();
        // Of a delivery's own events only what a person did is news: the rest is its status.
        var rows = await db.Events.AsNoTracking()
            .Where(e => subjects.Contains(e.Subject) && (e.ActorId != null || !e.Topic.StartsWith(DeliveryEvent.Prefix)))
            .OrderByDescending(e => e.Id).Take(Most)
            .Select(e => new { Event = e, Who = db.People.Where(p => p.Id == e.ActorId).Select(p => p.Name).FirstOrDefault() }).ToListAsync(cancel);
        var given = rows.Where(r => r.Event.Topic == "intervention.assigned").Select(r => WordsOf(r.Event.Json).GetValueOrDefault("installer")).OfType<string>().Select(Guid.Parse).ToList();
        var installers = await db.People.Where(p => given.Contains(p.Id)).ToDictionaryAsync(p => p.Id.ToString(), p => p.Name, cancel);
        return [.. rows.Select(r => new HistoryEntry(r.Event.At, HistoryKind.Event, $"e{r.Event.Id:d19}", r.Who, r.Event.Topic)
        {
            Revision = revisions.TryGetValue(r.Event.Subject, out var revision) ? revision : null,
            Words = WordsOf(r.Event.Json).ToDictionary(w => w.Key, w => installers.GetValueOrDefault(w.Value, w.Value), StringComparer.OrdinalIgnoreCase),
        })];
    }

    private static async Task<List<HistoryEntry>> DeliveriesAsync(TapworkDbContext db, Guid id, Dictionary<Guid, int> revisions, CancellationToken cancel)
    {
        var subjects = revisions.Keys.Append(id).ToList();
        var rows = await db.Deliveries.AsNoTracking().Where(d => subjects.Contains(d.Subject) && d.Purpose != WebhookRoute.Purpose).OrderByDescending(d => d.Id).Take(Most)
            .Select(d => new
            {
                d.Id,
                d.Subject,
                d.Purpose,
                d.Topic,
                d.Status,
                d.CreatedAt,
                d.SearchEmail,
                d.SendCount,
                To = db.Integrations.Where(i => i.Id == d.IntegrationId).Select(i => i.Name).First(),
            }).ToListAsync(cancel);
        return [.. rows.Select(d =>
        {
            var isMail = d.Purpose.StartsWith(MailRoute.PurposePrefix, StringComparison.Ordinal);
            return new HistoryEntry(d.CreatedAt, isMail ? HistoryKind.Mail : HistoryKind.Delivery, $"f{d.Id:d19}", isMail ? d.SearchEmail : d.To, d.Topic)
            {
                Revision = revisions.TryGetValue(d.Subject, out var revision) ? revision : null,
                DeliveryId = d.Id,
                Status = d.Status,
                Sends = d.SendCount,
            };
        })];
    }

    private async Task<List<HistoryEntry>> ChangesAsync(TapworkDbContext db, Guid id, CancellationToken cancel)
    {
        var rows = await AuditReading.NextToAsync(
            db, fields, new AuditFilter(RecordType: nameof(Intervention), RecordId: id.ToString(), Action: "changed"), null, newer: false, Most, cancel);
        return [.. rows.Select(a => new HistoryEntry(a.At, HistoryKind.Change, $"c{a.Id:d19}", a.ActorId is null ? null : a.ActorName, "changed")
        {
            Changes = FieldChange.Read(a.Changes),
        }).Where(e => e.Changes.Count > 0)];
    }

    private static Dictionary<string, string> WordsOf(string json) =>
        JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!.Where(p => p.Value.ValueKind is not JsonValueKind.Null)
            .ToDictionary(p => p.Key, p => p.Value.ToString(), StringComparer.OrdinalIgnoreCase);
}

/// <summary>What a line of the story is about.</summary>
public enum HistoryKind
{
    Event,
    Delivery,
    Mail,
    Change,
}

/// <param name="Key">Unique within the story.</param>
/// <param name="Who">The person, or the destination or address of a delivery; null for the application itself.</param>
/// <param name="What">Topic of the event, or <c>changed</c>.</param>
public sealed record HistoryEntry(DateTimeOffset At, HistoryKind Kind, string Key, string? Who, string What)
{
    /// <summary>Of the dossier it concerns.</summary>
    public int? Revision { get; init; }

    /// <summary>The event's own properties.</summary>
    public IReadOnlyDictionary<string, string> Words { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<FieldChange> Changes { get; init; } = [];
    public long? DeliveryId { get; init; }
    public DeliveryStatus? Status { get; init; }

    /// <summary>Sends begun.</summary>
    public int Sends { get; init; }
}
