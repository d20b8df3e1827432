using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>The rules of alerts and what they have found.</summary>
public sealed class AlertDesk(Database database, TimeProvider clock)
{
    private const int MostIncidents = 100;

    public async Task<AlertOverview> ReadAsync(Actor actor, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        await using var db = database.Open(actor);
        var rules = await db.EffectiveRulesAsync(cancel);
        var incidents = await db.Incidents.AsNoTracking().OrderBy(i => i.ClosedAt != null).ThenByDescending(i => i.OpenedAt).Take(MostIncidents).ToListAsync(cancel);
        var names = await db.Integrations.ToDictionaryAsync(i => i.Id, i => new { i.Name, i.Code, i.ConnectorKey }, cancel);
        return new AlertOverview(
            [.. rules.Values.OrderBy(r => r.Kind).Select(r => new AlertRuleRow(
                r.Kind, r.IsOn, r.Threshold, r.WindowMinutes, new AlertRecipients(r.TellsAdmins, r.TellsManagers, r.TellsOwner, r.MoreEmails), r.QuietFrom, r.QuietUntil))],
            [.. incidents.Select(i => new IncidentRow(i.Id, i.Kind, i.IntegrationId is { } id ? names.GetValueOrDefault(id)?.Name : null, i.IntegrationId is { } code ? names.GetValueOrDefault(code)?.Code : null,
                i.IntegrationId is { } key ? names.GetValueOrDefault(key)?.ConnectorKey : null, i.About, i.Measured, i.OpenedAt, i.ClosedAt))]);
    }

    public Task ChangeAsync(Actor actor, AlertRuleRow row, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        return database.ActAsync(actor, clock.GetUtcNow(), async db =>
        {
            var rule = await db.AlertRules.SingleOrDefaultAsync(r => r.Kind == row.Kind, cancel) ?? db.AlertRules.Add(AlertRule.Default(row.Kind)).Entity;
            rule.Change(row.IsOn, row.Threshold, row.WindowMinutes, row.Tells, row.QuietFrom, row.QuietUntil);
        }, cancel);
    }
}

/// <param name="Incidents">The open ones first, then the latest.</param>
public sealed record AlertOverview(IReadOnlyList<AlertRuleRow> Rules, IReadOnlyList<IncidentRow> Incidents);

public sealed record AlertRuleRow(AlertKind Kind, bool IsOn, int Threshold, int WindowMinutes, AlertRecipients Tells, TimeOnly? QuietFrom, TimeOnly? QuietUntil);

/// <param name="About">The job's or the machine's name, or the secret's as the connector's settings have it.</param>
public sealed record IncidentRow(
    Guid Id, AlertKind Kind, string? Integration, string? Code, string? ConnectorKey, string About, int Measured, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt);
