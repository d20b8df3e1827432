using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>Looks every minute at what the rules watch: opens incidents, tells them once, closes them when they are over.</summary>
public sealed class WatchJob(Database database, OutgoingHttp http, TimeProvider clock)
{
    // Fewer sends than this say nothing of a rate.
    private const int FewestSends = 5;

    // How many of the latest attempts a rate looks through at most.
    private const int MostAttempts = 20_000;

    public Task RunAsync(CancellationToken cancel) => database.WriteAsync(Actor.System(nameof(WatchJob)), async db =>
    {
        var now = clock.GetUtcNow();
        await SeeCertificatesAsync(db, cancel);
        var rules = await db.EffectiveRulesAsync(cancel);
        var found = await FindAsync(db, rules, now, cancel);
        var open = await db.Incidents.Where(i => i.ClosedAt == null).ToListAsync(cancel);
        foreach (var incident in open.Where(i => !found.Any(f => f.Is(i))))
            incident.Close(now);
        foreach (var finding in found)
        {
            var incident = open.Find(finding.Is) ?? db.Incidents.Add(Incident.Open(finding.Kind, finding.IntegrationId, finding.About, finding.Measured, now)).Entity;
            incident.Measure(finding.Measured);
            if (!rules[finding.Kind].IsQuiet(now))
                incident.Tell(now);
        }
    }, cancel);

    // What this process has seen, for all instances.
    private async Task SeeCertificatesAsync(TapworkDbContext db, CancellationToken cancel)
    {
        foreach (var (id, known) in await db.Destinations.Select(d => new { d.IntegrationId, d.CertificateUntil }).ToDictionaryAsync(d => d.IntegrationId, d => d.CertificateUntil, cancel))
            if (http.CertificateUntil(id) is { } until && until != known)
                await db.Destinations.Where(d => d.IntegrationId == id).ExecuteUpdateAsync(d => d.SetProperty(x => x.CertificateUntil, until), cancel);
    }

    private static async Task<List<Found>> FindAsync(TapworkDbContext db, IReadOnlyDictionary<AlertKind, AlertRule> rules, DateTimeOffset now, CancellationToken cancel)
    {
        var integrations = await db.Integrations.AsNoTracking().Where(i => i.IsEnabled).ToListAsync(cancel);
        var states = await db.Destinations.AsNoTracking().ToDictionaryAsync(d => d.IntegrationId, cancel);
        List<Found> found =
        [
            .. await ErrorRatesAsync(db, now.AddMinutes(-rules[AlertKind.ErrorRate].WindowMinutes), cancel), .. await QueuesAsync(db, integrations, now, cancel),
            .. Closed(integrations, states, now), .. await DeadAsync(db, cancel), .. await AgreementsAsync(db, integrations, now, cancel), .. Secrets(integrations, now), .. Certificates(integrations, states, now), .. await JobsAsync(db, now, cancel),
        ];
        return [.. found.Where(f => rules[f.Kind] is { IsOn: true } rule && f.Kind switch
        {
            AlertKind.Sla => f.Measured < rule.Threshold,
            AlertKind.Certificate => f.Measured <= rule.Threshold,
            _ => f.Measured >= rule.Threshold,
        })];
    }

    private static async Task<IEnumerable<Found>> ErrorRatesAsync(TapworkDbContext db, DateTimeOffset since, CancellationToken cancel)
    {
        var last = await db.Attempts.MaxAsync(a => (long?)a.Id, cancel) ?? 0;
        var sends = await db.Attempts.Where(a => a.Id > last - MostAttempts && a.StartedAt >= since).Join(db.Deliveries, a => a.DeliveryId, d => d.Id, (a, d) => new { d.IntegrationId, a.Outcome })
            .GroupBy(s => s.IntegrationId).Select(g => new { Id = g.Key, All = g.Count(), Good = g.Count(s => s.Outcome == nameof(DeliveryOutcome.Accepted)) }).ToListAsync(cancel);
        return sends.Where(s => s.All >= FewestSends).Select(s => new Found(AlertKind.ErrorRate, s.Id, "", 100 * (s.All - s.Good) / s.All));
    }

    private static async Task<List<Found>> QueuesAsync(TapworkDbContext db, List<Integration> integrations, DateTimeOffset now, CancellationToken cancel)
    {
        var found = new List<Found>();
        foreach (var integration in integrations)
        {
            var oldest = await db.Deliveries.Where(d => d.IntegrationId == integration.Id && (d.Status == DeliveryStatus.Pending || d.Status == DeliveryStatus.Retrying))
                .MinAsync(d => (DateTimeOffset?)d.CreatedAt, cancel);
            if (oldest is { } at)
                found.Add(new Found(AlertKind.QueueAge, integration.Id, "", (int)(now - at).TotalMinutes));
        }
        return found;
    }

    private static IEnumerable<Found> Closed(List<Integration> integrations, Dictionary<Guid, DestinationState> states, DateTimeOffset now) =>
        from integration in integrations
        let state = states.GetValueOrDefault(integration.Id)
        where state is not null && (state.Breaker != BreakerState.Closed || state.HeldBecause is not null || state.Forced == BreakerState.Open)
        select new Found(AlertKind.Breaker, integration.Id, "", (int)(now - (state.LastSuccessAt ?? integration.CreatedAt)).TotalMinutes);

    private static async Task<IEnumerable<Found>> DeadAsync(TapworkDbContext db, CancellationToken cancel) =>
        (await db.Deliveries.Where(d => d.Status == DeliveryStatus.Dead).GroupBy(d => d.IntegrationId).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(cancel))
            .Select(d => new Found(AlertKind.DeadLetters, d.Key, "", d.Count));

    private static async Task<List<Found>> AgreementsAsync(TapworkDbContext db, List<Integration> integrations, DateTimeOffset now, CancellationToken cancel)
    {
        var today = Core.Paris.DayOf(now);
        var month = Core.Paris.StartOf(new DateOnly(today.Year, today.Month, 1));
        var found = new List<Found>();
        foreach (var integration in integrations.Where(i => i.SlaAvailability is not null))
        {
            var hours = await db.DeliveryHours.AsNoTracking().Where(h => h.IntegrationId == integration.Id && h.Hour >= month).ToListAsync(cancel);
            if (hours.Sum(h => h.Sent) is >= FewestSends and var sent)
                found.Add(new Found(AlertKind.Sla, integration.Id, "", (int)((10_000m * (sent - hours.Sum(h => h.Authentication + h.System)) / sent) - (100 * integration.SlaAvailability!.Value))));
        }
        return found;
    }

    private static IEnumerable<Found> Secrets(List<Integration> integrations, DateTimeOffset now) =>
        from integration in integrations
        from secret in integration.SecretsSetAt
        select new Found(AlertKind.SecretAge, integration.Id, secret.Key, (now - secret.Value).Days);

    private static IEnumerable<Found> Certificates(List<Integration> integrations, Dictionary<Guid, DestinationState> states, DateTimeOffset now) =>
        from integration in integrations
        where states.GetValueOrDefault(integration.Id)?.CertificateUntil is not null
        select new Found(AlertKind.Certificate, integration.Id, "", (states[integration.Id].CertificateUntil!.Value - now).Days);

    private static async Task<IEnumerable<Found>> JobsAsync(TapworkDbContext db, DateTimeOffset now, CancellationToken cancel)
    {
        var runs = await db.JobRuns.AsNoTracking().Where(r => !r.IsPaused && r.StartedAt != null).ToDictionaryAsync(r => r.Name, r => r.StartedAt!.Value, cancel);
        return from job in RecurringJobs.Table
               where runs.TryGetValue(job.Name, out var started) && started < job.Schedule.LastDue(now)
               select new Found(AlertKind.JobMissed, null, job.Name, (int)(now - job.Schedule.LastDue(now)).TotalMinutes);
    }

    private sealed record Found(AlertKind Kind, Guid? IntegrationId, string About, int Measured)
    {
        public bool Is(Incident incident) => (incident.Kind, incident.IntegrationId, incident.About) == (Kind, IntegrationId, About);
    }
}

internal static class EffectiveRules
{
    /// <summary>Each kind's rule: as somebody has set it, or the default.</summary>
    public static async Task<IReadOnlyDictionary<AlertKind, AlertRule>> EffectiveRulesAsync(this TapworkDbContext db, CancellationToken cancel)
    {
        var set = await db.AlertRules.AsNoTracking().ToDictionaryAsync(r => r.Kind, cancel);
        return Enum.GetValues<AlertKind>().ToDictionary(k => k, k => set.GetValueOrDefault(k) ?? AlertRule.Default(k));
    }
}
