using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>At start, before anything is sent: makes or changes the integrations the settings file names. What is as asked for is not touched.</summary>
public sealed class IntegrationSeeding(Database database, SettingsProtection protection, IEnumerable<SeedReading> seeds, TimeProvider clock)
{
    private static readonly Actor Self = Actor.System("settings file");

    public async Task SeedAsync(CancellationToken cancel)
    {
        foreach (var seed in seeds.Select(read => read()).OfType<IntegrationSeed>())
        {
            try
            {
                await ApplyAsync(seed, cancel);
            }
            catch (DbUpdateException e) when (!DatabaseWeather.IsPassing(e))
            {
                // Another instance starting now was first; what it made is looked at once more.
                await ApplyAsync(seed, cancel);
            }
        }
    }

    private async Task ApplyAsync(IntegrationSeed seed, CancellationToken cancel)
    {
        // Encrypted before the transaction opens: Data Protection writes its first key on a connection of its own, and would wait for ours.
        var settings = await ChangedSettingsAsync(seed, cancel);
        await database.WriteAsync(Self, async db =>
        {
            var integration = await db.Integrations.SingleOrDefaultAsync(i => i.Code == seed.Code, cancel);
            if (integration is null)
            {
                integration = db.Integrations.Add(Integration.Register(seed.Code, seed.Name, seed.ConnectorKey, clock.GetUtcNow())).Entity;
                db.Destinations.Add(DestinationState.For(integration.Id));
            }
            if (settings is not null)
                integration.Configure(settings, seed.Secrets, clock.GetUtcNow());
            integration.Tune(seed.Pace);
        }, cancel);
    }

    // Null when the integration has them already.
    private async Task<string?> ChangedSettingsAsync(IntegrationSeed seed, CancellationToken cancel)
    {
        await using var db = database.Open(Self);
        var integration = await db.Integrations.AsNoTracking().SingleOrDefaultAsync(i => i.Code == seed.Code, cancel);
        return integration is null || seed.Differs(integration, protection) ? seed.Protect(protection) : null;
    }
}
