using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>The register and how its integrations fare; never a secret.</summary>
public sealed class IntegrationQueries(Database database, ConnectorList connectors, TimeProvider clock)
{
    /// <summary>An error longer ago than this is no news.</summary>
    public static readonly TimeSpan Recent = TimeSpan.FromHours(24);

    private const int LatestWithheld = 20;

    public async Task<IReadOnlyList<IntegrationRow>> ListAsync(Actor actor, CancellationToken cancel)
    {
        await using var db = Open(actor);
        var integrations = await db.Integrations.AsNoTracking().OrderBy(i => i.Code).ToListAsync(cancel);
        var states = await db.Destinations.AsNoTracking().ToDictionaryAsync(s => s.IntegrationId, cancel);
        return [.. await Task.WhenAll(integrations.Select(i => RowAsync(actor, i, states.GetValueOrDefault(i.Id), cancel)))];
    }

    /// <summary>By its code, in either case; null when there is none.</summary>
    public async Task<IntegrationSheet?> FindAsync(Actor actor, string code, CancellationToken cancel)
    {
        await using var db = Open(actor);
        var plain = code.ToUpperInvariant();
        if (await db.Integrations.AsNoTracking().SingleOrDefaultAsync(i => i.Code == plain, cancel) is not { } integration)
            return null;
        var state = await db.Destinations.AsNoTracking().SingleOrDefaultAsync(s => s.IntegrationId == integration.Id, cancel);
        var connector = connectors.Of(integration.ConnectorKey);
        var subscriptions = await db.SubscriptionsOfAsync(integration.Id, cancel);
        var authorisations = await db.AuthorisationsOfAsync(integration.Id, cancel);
        var now = clock.GetUtcNow();
        var withheld = await db.Withheld.Where(w => w.IntegrationId == integration.Id).OrderByDescending(w => w.Id).Take(LatestWithheld)
            .Join(db.Dossiers, w => w.DossierId, d => d.Id, (w, d) => new { w.At, w.Rule, d.InterventionId })
            .Join(db.Interventions, w => w.InterventionId, i => i.Id, (w, i) => new WithheldRow(w.At, w.Rule, i.Id, i.Reference)).ToListAsync(cancel);
        var people = await db.People.Where(p => authorisations.Select(a => a.GrantedBy).Contains(p.Id)).ToDictionaryAsync(p => p.Id, p => p.Name, cancel);
        return new IntegrationSheet(
            await RowAsync(actor, integration, state, cancel), integration.Version,
            connector is null ? new Dictionary<string, string>() : SettingsProtection.Shown(connector.Settings, integration.Settings), integration.SecretsSetAt,
            new IntegrationPace(integration.RetrySchedule, integration.TimeoutSeconds, integration.Concurrency, integration.IsOrdered, integration.RateLimit),
            new RegisterDetails(integration.Name, integration.Owner, integration.OwnerEmail, integration.Contacts, integration.Criticality, integration.Phase,
                integration.SlaAvailability, integration.SlaMilliseconds, integration.ErrorHandling, integration.TestingNotes, integration.Risks),
            [.. subscriptions.Select(s => new SubscriptionRow(s.Id, s.Version, new SubscriptionTerms(s.Topics, s.Filter, s.MaskedFields, s.From, s.Until)))],
            [.. authorisations.Select(a => new AuthorisationRow(
                a.Id, a.Shares, a.Ground, a.GrantedAt, a.GrantedBy is { } by ? people.GetValueOrDefault(by) : null, a.Until, a.RevokedAt, a.IsInForce(now)))],
            withheld);
    }

    /// <summary>What people can do through each integration, what else that rests on, and whether it works now.</summary>
    public async Task<IReadOnlyList<Dependency>> DependenciesAsync(Actor actor, CancellationToken cancel)
    {
        var rows = await ListAsync(actor, cancel);
        await using var db = Open(actor);
        var topics = (await db.Subscriptions.AsNoTracking().ToListAsync(cancel)).ToLookup(s => s.IntegrationId, s => s.Topics);
        return [.. from row in rows
                   let connector = connectors.Of(row.ConnectorKey)
                   where connector is not null
                   let asked = topics[row.Id].SelectMany(t => t).ToHashSet()
                   from feature in connector.Features
                   select new Dependency(row, connector, feature, [.. from other in rows
                                                                      where other.Id != row.Id && connectors.Of(other.ConnectorKey) is { } its && its.Causes.Any(asked.Contains)
                                                                      select other.Name])];
    }

    private async Task<IntegrationRow> RowAsync(Actor actor, Integration integration, DestinationState? state, CancellationToken cancel)
    {
        var lastError = clock.GetUtcNow() - state?.LastErrorAt < Recent ? state!.LastError : null;
        // Each on a context of its own: they are read side by side.
        await using var db = database.Open(actor);
        var waiting = db.Deliveries.Where(d => d.IntegrationId == integration.Id && (d.Status == DeliveryStatus.Pending || d.Status == DeliveryStatus.Retrying));
        var depth = await waiting.Take(MostCounted + 1).CountAsync(cancel);
        var oldest = depth == 0 ? null : await waiting.MinAsync(d => (DateTimeOffset?)d.CreatedAt, cancel);
        return new IntegrationRow(
            integration.Id, integration.Code, integration.Name, integration.ConnectorKey, integration.IsEnabled, integration.GivenUpBecause, integration.Criticality, integration.Phase,
            state?.Breaker ?? BreakerState.Closed, state?.Forced, state?.ForcedBecause, state?.HeldBecause, state?.NextProbeAt ?? state?.ClosedUntil, state?.LastSuccessAt, depth, oldest, lastError);
    }

    private TapworkDbContext Open(Actor actor)
    {
        actor.MustBe(Role.Admin);
        return database.Open(actor);
    }

    /// <summary>A longer queue is told as more than that.</summary>
    public const int MostCounted = 1000;
}

/// <param name="Depth">Deliveries that wait; 1,001 says more.</param>
/// <param name="OldestAt">Since when the oldest of them has been there.</param>
/// <param name="Until">When a closed destination is tried again.</param>
public sealed record IntegrationRow(
    Guid Id, string Code, string Name, string ConnectorKey, bool IsEnabled, string? GivenUpBecause, Criticality Criticality, LifeCyclePhase Phase, BreakerState Breaker,
    BreakerState? Forced, string? ForcedBecause, string? HeldBecause, DateTimeOffset? Until, DateTimeOffset? LastSuccessAt, int Depth, DateTimeOffset? OldestAt, string? LastError)
{
    public Health Health => !IsEnabled ? Health.Off : Forced == BreakerState.Open || HeldBecause is not null || (Breaker == BreakerState.Open && Forced is null) ? Health.Down
        : Breaker == BreakerState.HalfOpen || LastError is not null ? Health.Ailing : LastSuccessAt is null ? Health.Untried : Health.Well;
}

/// <summary>How an integration fares now.</summary>
public enum Health
{
    Well,

    /// <summary>It works, with errors in the last day.</summary>
    Ailing,

    Down,
    Off,

    /// <summary>Nothing has gone through yet.</summary>
    Untried,
}

/// <param name="Settings">By name; secrets are not among them.</param>
public sealed record IntegrationSheet(
    IntegrationRow Row, long Version, IReadOnlyDictionary<string, string> Settings, IReadOnlyDictionary<string, DateTimeOffset> SecretsSetAt, IntegrationPace Pace,
    RegisterDetails Register, IReadOnlyList<SubscriptionRow> Subscriptions, IReadOnlyList<AuthorisationRow> Authorisations, IReadOnlyList<WithheldRow> Withheld);

public sealed record SubscriptionRow(Guid Id, long Version, SubscriptionTerms Terms);

public sealed record AuthorisationRow(
    Guid Id, IReadOnlyList<DossierPart> Shares, string Ground, DateTimeOffset GrantedAt, string? GrantedBy, DateOnly? Until, DateTimeOffset? RevokedAt, bool IsInForce);

public sealed record WithheldRow(DateTimeOffset At, string Rule, Guid InterventionId, string Reference);

/// <summary>One thing people do, and what it needs.</summary>
/// <param name="Feature">Text <c>feature.X</c> of the connector.</param>
/// <param name="Others">Integrations without which the same does not happen either.</param>
public sealed record Dependency(IntegrationRow Row, ConnectorDescriptor Connector, string Feature, IReadOnlyList<string> Others);
