using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>What a destination is told of, and what a partner may be given.</summary>
public sealed class SubscriptionDesk(Database database, ConnectorList connectors, TimeProvider clock)
{
    public Task<Guid> SubscribeAsync(Actor actor, Guid integrationId, SubscriptionTerms terms, CancellationToken cancel) => ActAsync(actor, integrationId, (db, connector) =>
    {
        MustBeOffered(connector, terms);
        return Task.FromResult(db.Subscriptions.Add(Subscription.Begin(integrationId, terms)).Entity.Id);
    }, cancel);

    /// <param name="seenVersion">What the person had before them; somebody may have changed it since.</param>
    public Task ChangeAsync(Actor actor, Guid integrationId, Guid id, long seenVersion, SubscriptionTerms terms, CancellationToken cancel) =>
        ActAsync(actor, integrationId, async (db, connector) =>
        {
            MustBeOffered(connector, terms);
            var subscription = await FindAsync(db, integrationId, id, cancel);
            if (subscription.Version != seenVersion)
                throw new RuleViolation("record.changed_meanwhile");
            subscription.Change(terms);
            return id;
        }, cancel);

    public Task UnsubscribeAsync(Actor actor, Guid integrationId, Guid id, CancellationToken cancel) =>
        ActAsync(actor, integrationId, async (db, _) => { db.Remove(await FindAsync(db, integrationId, id, cancel)); return id; }, cancel);

    /// <summary>Allows a partner to be given dossiers.</summary>
    /// <param name="shares">Parts beside what was done, where and when.</param>
    /// <param name="ground">What it rests on.</param>
    /// <param name="until">Last day (Paris); null for no end.</param>
    public Task<Guid> AuthoriseAsync(Actor actor, Guid integrationId, IReadOnlyList<DossierPart> shares, string ground, DateOnly? until, CancellationToken cancel) =>
        ActAsync(actor, integrationId, (db, connector) =>
        {
            if (connector?.Offer != Offer.Dossiers)
                throw new RuleViolation("authorisation.not_needed");
            return Task.FromResult(db.Authorisations.Add(Authorisation.Grant(integrationId, shares, ground, until, actor.PersonId, clock.GetUtcNow())).Entity.Id);
        }, cancel);

    public Task RevokeAsync(Actor actor, Guid integrationId, Guid id, CancellationToken cancel) => ActAsync(actor, integrationId, async (db, _) =>
    {
        var authorisation = await db.Authorisations.SingleOrDefaultAsync(a => a.Id == id && a.IntegrationId == integrationId, cancel) ?? throw new RuleViolation("authorisation.unknown");
        authorisation.Revoke(clock.GetUtcNow());
        return id;
    }, cancel);

    private static void MustBeOffered(ConnectorDescriptor? connector, SubscriptionTerms terms)
    {
        if (connector is null or { Offer: Offer.Nothing })
            throw new RuleViolation("subscription.not_offered");
        if (terms.Topics.Except(connector.Topics).FirstOrDefault() is { } unknown)
            throw new RuleViolation("subscription.topic_unknown", nameof(Subscription.Topics), unknown);
    }

    private Task<Guid> ActAsync(Actor actor, Guid integrationId, Func<TapworkDbContext, ConnectorDescriptor?, Task<Guid>> act, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        return database.ActAsync(actor, clock.GetUtcNow(), async db =>
        {
            var key = await db.Integrations.Where(i => i.Id == integrationId).Select(i => i.ConnectorKey).SingleOrDefaultAsync(cancel) ?? throw new RuleViolation("integration.unknown");
            return await act(db, connectors.Of(key));
        }, cancel);
    }

    private static async Task<Subscription> FindAsync(TapworkDbContext db, Guid integrationId, Guid id, CancellationToken cancel) =>
        await db.Subscriptions.SingleOrDefaultAsync(s => s.Id == id && s.IntegrationId == integrationId, cancel) ?? throw new RuleViolation("subscription.unknown");
}
