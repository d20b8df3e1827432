using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Core.Monitoring;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>What there is to see at one moment of all that can be watched, whatever the rules make of it.</summary>
internal sealed class Look
{
    // Fewer sends than this say nothing of a rate.
    private const int FewestSends = 5;

    // How many of the latest attempts a rate looks through at most.
    private const int MostAttempts = 20_000;

    /// <summary>What an incident of calls from outside that wait for a person is about.</summary>
    public const string ParkedCalls = "inbound";

    private readonly HashSet<Guid> _integrations;
    private readonly HashSet<string> _pausedJobs;

    private Look(IReadOnlyList<Found> found, IEnumerable<Integration> integrations, IEnumerable<string> pausedJobs) =>
        (Found, _integrations, _pausedJobs) = (found, integrations.Select(i => i.Id).ToHashSet(), pausedJobs.ToHashSet());

    public IReadOnlyList<Found> Found { get; }

    /// <summary>Whether what it is about is still at work: nobody can say of what is switched off that all is well with it.</summary>
    public bool Sees(Incident incident) => incident.IntegrationId is { } id ? _integrations.Contains(id) : !_pausedJobs.Contains(incident.About);

    /// <summary>Whether its end can be known: while nothing goes to a destination nothing can fail there either.</summary>
    public bool CanTell(Incident incident) =>
        incident.Kind != AlertKind.ErrorRate || !Found.Any(f => f.Kind == AlertKind.Breaker && f.IntegrationId == incident.IntegrationId);

    public static async Task<Look> TakeAsync(TapworkDbContext db, IReadOnlyDictionary<AlertKind, AlertRule> rules, DateTimeOffset now, CancellationToken cancel)
    {
        var integrations = await db.Integrations.AsNoTracking().Where(i => i.IsEnabled).ToListAsync(cancel);
        var runs = await JobRunsAsync(db, now, cancel);
        return new Look(
            [
                .. await ErrorRatesAsync(db, now.AddMinutes(-rules[AlertKind.ErrorRate].WindowMinutes), cancel), .. await QueuesAsync(db, integrations, now, cancel),
                .. await ClosedAsync(db, integrations, now, cancel), .. await DeadAsync(db, integrations, cancel), .. await AgreementsAsync(db, integrations, now, cancel), .. Secrets(integrations, now),
                .. await CertificatesAsync(db, integrations, now, cancel), .. Jobs(runs, now), .. await ParkedAsync(db, cancel), .. await ClocksAsync(db, cancel),
            ],
            integrations, runs.Values.Where(r => r.IsPaused).Select(r => r.Name));
    }

    private static async Task<IEnumerable<Found>> ErrorRatesAsync(TapworkDbContext db, DateTimeOffset since, CancellationToken cancel)
    {
        var last = await db.Attempts.MaxAsync(a => (long?)a.Id, cancel) ?? 0;
        var sends = await db.Attempts.Where(a => a.Id > last - MostAttempts && a.StartedAt >= since && !DeliveryAttempt.SayingNothing.Contains(a.Outcome))
            .Join(db.Deliveries, a => a.DeliveryId, d => d.Id, (a, d) => new { d.IntegrationId, a.Outcome })
            .GroupBy(s => s.IntegrationId).Select(g => new { Id = g.Key, All = g.Count(), Good = g.Count(s => s.Outcome == nameof(DeliveryOutcome.Accepted)) }).ToListAsync(cancel);
        return sends.Where(s => s.All >= FewestSends).Select(s => new Found(AlertKind.ErrorRate, s.Id, "", 100 * (s.All - s.Good) / s.All));
    }

    // Since it was due, not since it was made: one that is sent anew begins anew, and one in its pause between two tries keeps nobody waiting.
    private static async Task<List<Found>> QueuesAsync(TapworkDbContext db, List<Integration> integrations, DateTimeOffset now, CancellationToken cancel)
    {
        var found = new List<Found>();
        foreach (var integration in integrations)
        {
            var oldest = await db.Deliveries.Where(d => d.IntegrationId == integration.Id && (d.Status == DeliveryStatus.Pending || d.Status == DeliveryStatus.Retrying) && d.NextAttemptAt <= now)
                .MinAsync(d => (DateTimeOffset?)d.NextAttemptAt, cancel);
            if (oldest is { } at)
                found.Add(new Found(AlertKind.QueueAge, integration.Id, "", (int)(now - at).TotalMinutes));
        }
        return found;
    }

    // Few deliveries with long pauses never open the breaker: what counts is since when everything has failed.
    private static async Task<IEnumerable<Found>> ClosedAsync(TapworkDbContext db, List<Integration> integrations, DateTimeOffset now, CancellationToken cancel)
    {
        var states = await db.Destinations.AsNoTracking().ToDictionaryAsync(d => d.IntegrationId, cancel);
        return from integration in integrations
               let state = states.GetValueOrDefault(integration.Id)
               where state is not null && (state.FailingSince is not null || state.Forced == BreakerState.Open)
               select new Found(AlertKind.Breaker, integration.Id, "", (int)(now - (state.FailingSince ?? state.LastSuccessAt ?? integration.CreatedAt)).TotalMinutes);
    }

    // A delivery that was put aside by itself, not by a person, bears the reason; and a call that could not be processed waits for a person as well.
    private static async Task<IEnumerable<Found>> DeadAsync(TapworkDbContext db, List<Integration> integrations, CancellationToken cancel)
    {
        // Each status by itself: together no index would serve them.
        var dead = await CountAsync(db.Deliveries.Where(d => d.Status == DeliveryStatus.Dead), cancel);
        var aside = await CountAsync(db.Deliveries.Where(d => d.Status == DeliveryStatus.Held && d.LastError != null), cancel);
        var parked = await db.InboundCalls.Where(c => c.Status == InboundStatus.Parked).GroupBy(c => c.Source).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(cancel);
        return dead.Concat(aside).GroupBy(d => d.Key, d => d.Value).Select(d => new Found(AlertKind.DeadLetters, d.Key, "", d.Sum()))
            .Concat(from integration in integrations
                    join calls in parked on integration.Code equals calls.Key
                    select new Found(AlertKind.DeadLetters, integration.Id, ParkedCalls, calls.Count));
    }

    private static Task<Dictionary<Guid, int>> CountAsync(IQueryable<Delivery> deliveries, CancellationToken cancel) =>
        deliveries.GroupBy(d => d.IntegrationId).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancel);

    private static async Task<List<Found>> AgreementsAsync(TapworkDbContext db, List<Integration> integrations, DateTimeOffset now, CancellationToken cancel)
    {
        var month = Agreement.MonthOf(now);
        var found = new List<Found>();
        foreach (var integration in integrations.Where(i => i.SlaAvailability is not null || i.SlaMilliseconds is not null))
        {
            var hours = await db.DeliveryHours.AsNoTracking().Where(h => h.IntegrationId == integration.Id && h.Hour >= month).ToListAsync(cancel);
            var agreement = Agreement.Of(integration.SlaAvailability, integration.SlaMilliseconds, hours, now);
            if (agreement.MinutesUsed is { } minutes)
                found.Add(new Found(AlertKind.Sla, integration.Id, "", minutes));
            if (agreement.SlownessUsed is { } slowness)
                found.Add(new Found(AlertKind.Sla, integration.Id, "p95", slowness));
        }
        return found;
    }

    private static IEnumerable<Found> Secrets(List<Integration> integrations, DateTimeOffset now) =>
        from integration in integrations
        from secret in integration.SecretsSetAt
        select new Found(AlertKind.SecretAge, integration.Id, secret.Key, (now - secret.Value).Days);

    private static async Task<IEnumerable<Found>> CertificatesAsync(TapworkDbContext db, List<Integration> integrations, DateTimeOffset now, CancellationToken cancel)
    {
        var sightings = (await db.CertificateSightings.AsNoTracking().ToListAsync(cancel)).ToLookup(s => s.IntegrationId);
        return integrations.Where(i => sightings.Contains(i.Id))
            .Select(i => new Found(AlertKind.Certificate, i.Id, "", (CertificateSighting.FirstToExpire([.. sightings[i.Id]]) - now).Days));
    }

    // A job without a row is known from this look on, so that one that never begins is late one day too.
    private static async Task<Dictionary<string, JobRun>> JobRunsAsync(TapworkDbContext db, DateTimeOffset now, CancellationToken cancel)
    {
        var runs = await db.JobRuns.ToDictionaryAsync(r => r.Name, cancel);
        foreach (var job in RecurringJobs.Table.Where(j => !runs.ContainsKey(j.Name)))
            runs[job.Name] = await db.RunOfAsync(job.Name, cancel);
        foreach (var run in runs.Values)
            run.DueFrom ??= run.StartedAt ?? now;
        return runs;
    }

    private static async Task<IEnumerable<Found>> ParkedAsync(TapworkDbContext db, CancellationToken cancel) =>
        (await db.ParkedEvents.Where(p => p.Tries >= ParkedEvent.TriesBeforeAlert).GroupBy(p => p.Reader).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(cancel))
            .Select(p => new Found(AlertKind.ParkedEvents, null, p.Key, p.Count));

    // Compared with one another: the clock of who looks here may be the one that is wrong.
    private static async Task<IEnumerable<Found>> ClocksAsync(TapworkDbContext db, CancellationToken cancel)
    {
        var readings = await db.ClockReadings.AsNoTracking().ToListAsync(cancel);
        return readings.Where(r => r.At > readings.Max(x => x.At) - ClockSkewMonitor.Lately).Select(r => new Found(AlertKind.ClockSkew, null, r.Machine, r.PercentOfMargin));
    }

    private static IEnumerable<Found> Jobs(Dictionary<string, JobRun> runs, DateTimeOffset now) =>
        from job in RecurringJobs.Table
        let run = runs[job.Name]
        where !run.IsPaused
        let missed = job.Schedule.NextDue(run.StartedAt > run.DueFrom ? run.StartedAt.Value : run.DueFrom!.Value)
        where missed <= now
        select new Found(AlertKind.JobMissed, null, job.Name, (int)(now - missed).TotalMinutes);
}

/// <summary>Something that can be watched, as it is now.</summary>
internal sealed record Found(AlertKind Kind, Guid? IntegrationId, string About, int Measured)
{
    public bool Is(Incident incident) => (incident.Kind, incident.IntegrationId, incident.About) == (Kind, IntegrationId, About);

    public Incident Open(DateTimeOffset now) => Incident.Open(Kind, IntegrationId, About, Measured, now);
}
