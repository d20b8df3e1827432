using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Dossiers;

/// <summary>Carries what became of a dossier's delivery to Symphonics into the dossier and its intervention.</summary>
public sealed class DossierOutcomes(Database database, TimeProvider clock, ILogger<DossierOutcomes> logger) : EventReader(database, clock, logger)
{
    /// <summary>Purpose of the deliveries that decide a dossier's own state; other partners' answers do not.</summary>
    public const string Purpose = "dossier";

    /// <summary>Purpose of the deliveries of dossiers to other partners.</summary>
    public const string PartnerPurpose = "partner";

    private static readonly HashSet<string> Wanted =
        [DeliveryDelivered.Name, DeliveryRefused.Name, DeliveryDied.Name, DeliveryUncertain.Name, DeliveryCancelled.Name, DeliveryReplayed.Name];

    public override string Name => "dossier-outcomes";

    protected override IReadOnlySet<string> Topics => Wanted;

    protected override Task<IReadOnlyDictionary<long, Guid>> RecordsOfAsync(TapworkDbContext db, IReadOnlyList<EventRecord> events, CancellationToken cancel) =>
        db.InterventionsOfAsync(events, cancel);

    // What became of the dossier is not known: a person decides, and may correct it. One whose delivery is still under way has its outcome before it, and other
    // purposes (a partner, a webhook, a mail) decide no dossier. An event that does not say which delivery it is of may be of the dossier's.
    protected override async Task<IReadOnlyList<EventRecord>> HoldingAsync(TapworkDbContext db, IQueryable<EventRecord> events, CancellationToken cancel)
    {
        var held = await events.Where(e => db.Dossiers.Any(d => d.Id == e.Subject && d.State == DossierState.Sending && !d.IsStalled)
            && db.Deliveries.Any(d => d.Subject == e.Subject && d.Purpose == Purpose)
            && !db.Deliveries.Any(d => d.Subject == e.Subject && d.Purpose == Purpose
                && (d.Status == DeliveryStatus.Pending || d.Status == DeliveryStatus.Retrying || d.Status == DeliveryStatus.Sending || d.Status == DeliveryStatus.Held))).ToListAsync(cancel);
        var named = held.Select(DeliveryOf).OfType<long>().ToList();
        var others = await db.Deliveries.Where(d => named.Contains(d.Id) && d.Purpose != Purpose).Select(d => d.Id).ToListAsync(cancel);
        return [.. held.Where(e => DeliveryOf(e) is not { } id || !others.Contains(id))];
    }

    protected override Task LetGoAsync(TapworkDbContext db, EventRecord happened, CancellationToken cancel) =>
        db.ApplyToDossierAsync(happened, (dossier, now) => dossier.Stall(now), Clock.GetUtcNow(), cancel);

    private static long? DeliveryOf(EventRecord happened)
    {
        try
        {
            return JsonSerializer.Deserialize<About>(happened.Json, JsonSerializerOptions.Web)?.DeliveryId;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    protected override async Task DigestAsync(TapworkDbContext db, IReadOnlyList<EventRecord> events, CancellationToken cancel)
    {
        var about = events.Select(e => (Event: e, JsonSerializer.Deserialize<About>(e.Json, JsonSerializerOptions.Web)!.DeliveryId)).ToList();
        var ids = about.Select(a => a.DeliveryId).ToList();
        var answers = await db.Deliveries.Where(d => ids.Contains(d.Id) && d.Purpose == Purpose)
            .Select(d => new Answer(d.Id, d.Subject, d.PartnerId, d.LastError, d.FieldErrors)).ToDictionaryAsync(a => a.Id, cancel);
        var subjects = answers.Values.Select(a => a.Dossier).Distinct().ToList();
        var dossiers = await db.Dossiers.Where(d => subjects.Contains(d.Id)).ToDictionaryAsync(d => d.Id, cancel);
        var followers = dossiers.Values.Select(d => d.InterventionId).Distinct().ToList();
        var interventions = await db.Interventions.Where(i => followers.Contains(i.Id)).ToDictionaryAsync(i => i.Id, cancel);
        var now = Clock.GetUtcNow();
        foreach (var (happened, deliveryId) in about)
        {
            if (!answers.TryGetValue(deliveryId, out var answer))
                continue;
            var dossier = dossiers[answer.Dossier];
            var intervention = interventions[dossier.InterventionId];
            db.Correlate(dossier, happened.CorrelationId);
            db.Correlate(intervention, happened.CorrelationId);
            Apply(happened.Topic, dossier, answer, now);
            intervention.Follow(dossier, db.Actor, now);
        }
    }

    private static void Apply(string topic, Dossier dossier, Answer answer, DateTimeOffset now)
    {
        switch (topic)
        {
            case DeliveryDelivered.Name:
                dossier.Accept(answer.PartnerId, now);
                break;
            case DeliveryRefused.Name:
                dossier.Refuse(answer.Error ?? "", answer.Fields, now);
                break;
            case DeliveryReplayed.Name:
                dossier.Resume(now);
                break;
            default:
                dossier.Stall(now);
                break;
        }
    }

    private sealed record About(long DeliveryId);

    private sealed record Answer(long Id, Guid Dossier, string? PartnerId, string? Error, IReadOnlyList<FieldError> Fields);
}
