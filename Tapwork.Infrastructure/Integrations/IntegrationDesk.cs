using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>What an administrator does to integrations: connects, describes, configures, paces, switches, and rotates their secrets.</summary>
public sealed class IntegrationDesk(Database database, ConnectorList connectors, SettingsProtection protection, DeliverySignal due, TimeProvider clock)
{
    /// <summary>Longest time that the secret before stays good beside the new one.</summary>
    public static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(30);

    /// <summary>Connects a new outside system. It begins switched off, so that nothing goes out before it is tested and allowed.</summary>
    /// <param name="connectorKey">Of <see cref="ConnectorList"/>.</param>
    /// <param name="typed">Settings by name; secrets that are ours to choose are made when left empty.</param>
    /// <returns>Its id, and the secrets that were made: they are shown once.</returns>
    public async Task<(Guid Id, IReadOnlyDictionary<string, string> Made)> ConnectAsync(
        Actor actor, string connectorKey, string? name, IReadOnlyDictionary<string, string?> typed, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        var connector = connectors.Of(connectorKey) ?? throw new RuleViolation("integration.connector_unknown");
        var made = connector.Generated.Where(g => string.IsNullOrWhiteSpace(typed.GetValueOrDefault(g.Key))).ToDictionary(g => g.Key, g => g.Value());
        var broken = new List<Violation>();
        var named = Field.Required(name, nameof(Integration.Name), 100, broken);
        RuleViolation.ThrowIfAny(broken);
        // Encrypted before the transaction opens: Data Protection writes its first key on a connection of its own, and would wait for ours.
        var (settings, secrets) = protection.Change(connector.Settings, "{}", With(typed, made));
        var now = clock.GetUtcNow();
        var id = await database.ActAsync(actor, now, async db =>
        {
            if (connector.IsSingle && await db.Integrations.AnyAsync(i => i.ConnectorKey == connectorKey, cancel))
                throw new RuleViolation("integration.only_one");
            var integration = Integration.Register(await NextCodeAsync(db, cancel), named, connectorKey, now);
            integration.Configure(settings, secrets, now);
            integration.Tune(connector.Pace);
            integration.Disable();
            db.Integrations.Add(integration);
            db.Destinations.Add(DestinationState.For(integration.Id));
            TellSecrets(db, integration, secrets, now);
            return integration.Id;
        }, cancel);
        return (id, made);
    }

    /// <summary>Changes settings; a secret left empty stays as it is.</summary>
    public async Task ConfigureAsync(Actor actor, Guid id, long seenVersion, IReadOnlyDictionary<string, string?> typed, CancellationToken cancel)
    {
        var (current, settings) = await SettingsOfAsync(actor, id, cancel);
        var (json, secrets) = protection.Change(settings, current, typed);
        await ActAsync(actor, id, seenVersion, (db, integration, now) =>
        {
            if (integration.Settings != current)
                throw new RuleViolation("record.changed_meanwhile");
            integration.Configure(json, secrets, now);
            TellSecrets(db, integration, secrets, now);
        }, cancel);
    }

    /// <summary>Sets a new secret; where the far side takes two, the one before goes on for a while.</summary>
    /// <param name="secret">Null has it made, where it is ours to choose.</param>
    /// <param name="overlap">At most <see cref="LongestOverlap"/>.</param>
    /// <returns>The secret when it was made: it is shown once.</returns>
    public async Task<string?> RotateAsync(Actor actor, Guid id, string name, string? secret, TimeSpan overlap, CancellationToken cancel)
    {
        var (current, settings) = await SettingsOfAsync(actor, id, cancel);
        var field = SettingsForm.Of(settings).FirstOrDefault(f => f.Name == name && f.Kind == SettingKind.Secret) ?? throw new RuleViolation("integration.secret_unknown");
        if (overlap < TimeSpan.Zero || overlap > LongestOverlap)
            throw new RuleViolation("integration.overlap_out_of_range", name, (int)LongestOverlap.TotalDays);
        string? made = null;
        if (string.IsNullOrWhiteSpace(secret))
            secret = made = await MadeAsync(actor, id, name, cancel) ?? throw new RuleViolation("field.required", name);
        var json = protection.Rotate(settings, current, field.Name, secret.Trim(), clock.GetUtcNow() + overlap);
        await ActAsync(actor, id, null, (db, integration, now) =>
        {
            if (integration.Settings != current)
                throw new RuleViolation("record.changed_meanwhile");
            integration.Configure(json, [name], now);
            TellSecrets(db, integration, [name], now);
        }, cancel);
        return made;
    }

    public Task DescribeAsync(Actor actor, Guid id, long seenVersion, RegisterDetails details, CancellationToken cancel) =>
        ActAsync(actor, id, seenVersion, (_, integration, _) => integration.Describe(details), cancel);

    /// <summary>Timeout, schedule, concurrency, order, limits.</summary>
    public Task TuneAsync(Actor actor, Guid id, long seenVersion, IntegrationPace pace, CancellationToken cancel) =>
        ActAsync(actor, id, seenVersion, (_, integration, _) => integration.Tune(pace), cancel);

    /// <summary>Whatever closed it before is forgotten: what is still wrong closes it again.</summary>
    public async Task EnableAsync(Actor actor, Guid id, CancellationToken cancel)
    {
        await ActAsync(actor, id, null, async (db, integration, now) =>
        {
            integration.Enable();
            (await db.Destinations.SingleOrDefaultAsync(d => d.IntegrationId == id, cancel))?.Reopen(now);
            await db.HurryAsync(id, now, cancel);
        }, cancel);
        due.Set();
    }

    /// <summary>Nothing goes out any more; what is waiting, and what comes, is kept.</summary>
    public Task DisableAsync(Actor actor, Guid id, CancellationToken cancel) => ActAsync(actor, id, null, (_, integration, _) => integration.Disable(), cancel);

    private Task ActAsync(Actor actor, Guid id, long? seenVersion, Action<TapworkDbContext, Integration, DateTimeOffset> act, CancellationToken cancel) =>
        ActAsync(actor, id, seenVersion, (db, integration, now) => { act(db, integration, now); return Task.CompletedTask; }, cancel);

    private Task ActAsync(Actor actor, Guid id, long? seenVersion, Func<TapworkDbContext, Integration, DateTimeOffset, Task> act, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        var now = clock.GetUtcNow();
        return database.ActAsync(actor, now, async db =>
        {
            var integration = await db.Integrations.SingleOrDefaultAsync(i => i.Id == id, cancel) ?? throw new RuleViolation("integration.unknown");
            if (seenVersion is { } seen && integration.Version != seen)
                throw new RuleViolation("record.changed_meanwhile");
            await act(db, integration, now);
        }, cancel);
    }

    private async Task<(string Current, Type Settings)> SettingsOfAsync(Actor actor, Guid id, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        await using var db = database.Open(actor);
        var integration = await db.Integrations.AsNoTracking().SingleOrDefaultAsync(i => i.Id == id, cancel) ?? throw new RuleViolation("integration.unknown");
        return (integration.Settings, connectors.Of(integration.ConnectorKey)?.Settings ?? throw new RuleViolation("integration.connector_unknown"));
    }

    private async Task<string?> MadeAsync(Actor actor, Guid id, string name, CancellationToken cancel)
    {
        await using var db = database.Open(actor);
        var key = await db.Integrations.Where(i => i.Id == id).Select(i => i.ConnectorKey).SingleAsync(cancel);
        return connectors.Of(key)?.Generated.GetValueOrDefault(name)?.Invoke();
    }

    // Seeded ones have their codes from the settings file: those numbers are passed over.
    private static async Task<string> NextCodeAsync(TapworkDbContext db, CancellationToken cancel)
    {
        while (true)
        {
            var number = await db.NextNumberAsync("REQ-I", cancel);
            var code = string.Create(CultureInfo.InvariantCulture, $"REQ-I-{number:000}");
            if (!await db.Integrations.AnyAsync(i => i.Code == code, cancel))
                return code;
        }
    }

    private static void TellSecrets(TapworkDbContext db, Integration integration, IReadOnlyList<string> secrets, DateTimeOffset now)
    {
        if (secrets.Count > 0)
            db.Tell("integration.secret_set", nameof(Integration), integration.Id, now, new() { ["Secrets"] = [null, string.Join(", ", secrets)] });
    }

    private static Dictionary<string, string?> With(IReadOnlyDictionary<string, string?> typed, Dictionary<string, string> made)
    {
        var all = typed.ToDictionary();
        foreach (var (name, secret) in made)
            all[name] = secret;
        return all;
    }
}
