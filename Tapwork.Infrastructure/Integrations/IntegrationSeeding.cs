using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>At start, before anything is sent: makes the integrations the settings file names, and changes them when the file has changed. What is as asked for is not touched.</summary>
public sealed class IntegrationSeeding(Database database, SettingsProtection protection, IEnumerable<SeedReading> seeds, TimeProvider clock)
{
    private static readonly Actor Self = Actor.System("settings file");

    public async Task SeedAsync(CancellationToken cancel)
    {
        foreach (var seed in seeds.Select(read => read()).OfType<IntegrationSeed>())
        {
            // Another instance starting now may be first; what it made is looked at once more.
            while (!await ApplyAsync(seed, cancel))
            {
            }
        }
    }

    /// <returns>False when another made the integration meanwhile.</returns>
    private async Task<bool> ApplyAsync(IntegrationSeed seed, CancellationToken cancel)
    {
        // Encrypted before the transaction opens: Data Protection writes its first key on a connection of its own, and would wait for ours.
        if (await PlanAsync(seed, cancel) is not { } plan)
            return true;
        return await database.WriteAsync(Self, async db =>
        {
            await EventCursor.LockAsync(db, cancel);
            var integration = await db.Integrations.SingleOrDefaultAsync(i => i.Code == seed.Code, cancel);
            if (integration is not null && plan.IsNew)
                return false;
            if (integration is null)
            {
                integration = db.Integrations.Add(Integration.Register(seed.Code, seed.Name, seed.ConnectorKey, clock.GetUtcNow())).Entity;
                db.Destinations.Add(DestinationState.For(integration.Id));
            }
            if (plan.Settings is not null)
                integration.Configure(plan.Settings, seed.Secrets, clock.GetUtcNow());
            if (plan.Tunes)
                integration.Tune(seed.Pace);
            integration.SeedAs(plan.Seal);
            return true;
        }, cancel);
    }

    // The file is followed where it has changed since it was last followed: what people have changed meanwhile on the page stands otherwise.
    private async Task<Plan?> PlanAsync(IntegrationSeed seed, CancellationToken cancel)
    {
        await using var db = database.Open(Self);
        var integration = await db.Integrations.AsNoTracking().SingleOrDefaultAsync(i => i.Code == seed.Code, cancel);
        var before = integration?.SeededAs is { } seal ? protection.Open(seal)?.Split('\n') : null;
        var known = integration is null ? null : seed.Read(integration, protection);
        var asksForSettings = known is null || (before is null ? known != seed.SaidSettings : before[0] != seed.SaidSettings);
        var asksForPace = before is null || before[1] != seed.SaidPace;
        return asksForSettings || asksForPace
            ? new Plan(integration is null, asksForSettings ? seed.Protect(protection) : null, asksForPace, protection.Seal($"{seed.SaidSettings}\n{seed.SaidPace}")) : null;
    }

    /// <param name="IsNew">There was no such integration.</param>
    /// <param name="Settings">To be set; null to leave those it has.</param>
    private sealed record Plan(bool IsNew, string? Settings, bool Tunes, string Seal);
}
