using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>Looks every minute at what the rules watch: opens incidents, tells them once, closes them when they are over.</summary>
public sealed class WatchJob(Database database, SeenCertificates certificates, TimeProvider clock)
{
    public Task RunAsync(CancellationToken cancel) => database.WriteAsync(Actor.System(nameof(WatchJob)), async db =>
    {
        var now = clock.GetUtcNow();
        // Saved before they are read: what this process has seen counts in this very look.
        await certificates.WriteDownAsync(db, cancel);
        await db.SaveChangesAsync(cancel);
        var rules = await db.EffectiveRulesAsync(cancel);
        var look = await Look.TakeAsync(db, rules, now, cancel);
        var found = look.Found.Where(f => rules[f.Kind].IsMetBy(f.Measured)).ToList();
        var known = await db.Incidents.Where(i => i.ClosedAt == null || i.OwesAllClear).ToListAsync(cancel);
        foreach (var incident in known.Where(i => !found.Any(f => f.Is(i))))
            End(incident, rules[incident.Kind], look, now);
        foreach (var finding in found)
            Meet(finding, known.Find(finding.Is) ?? db.Incidents.Add(finding.Open(now)).Entity, rules[finding.Kind], now);
        return found.Count;
    }, cancel);

    private static void Meet(Found finding, Incident incident, AlertRule rule, DateTimeOffset now)
    {
        incident.Reopen();
        incident.Measure(finding.Measured);
        // What was missed while the application was down is made up for at its start: a job is told of when it is late at the next look as well.
        var isSure = finding.Kind != AlertKind.JobMissed || incident.OpenedAt < now;
        if (isSure && !rule.IsQuiet(now))
            incident.Tell(now);
    }

    private static void End(Incident incident, AlertRule rule, Look look, DateTimeOffset now)
    {
        if (!rule.IsOn || !look.Sees(incident))
        {
            incident.Drop(now);
            return;
        }
        if (!look.CanTell(incident))
            return;
        incident.Close(now);
        if (!rule.IsQuiet(now))
            incident.TellAllClear();
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
