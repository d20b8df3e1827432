using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Auditing;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Notifications;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations.Mail;

/// <summary>Which events are told by mail, and to whom. How a mail itself fared is never told by another mail.</summary>
internal sealed class MailRoute(TimeProvider clock) : IRoute
{
    /// <summary>What the purpose of every mail delivery begins with.</summary>
    public const string PurposePrefix = "mail:";

    private static readonly Dictionary<string, string> Templates = new(Enum.GetValues<AlertKind>().Select(k => KeyValuePair.Create(AlertRaised.TopicOf(k), MailTemplates.Alert)))
    {
        [AlertCleared.Name] = MailTemplates.AlertCleared,
        [PersonCreated.Name] = MailTemplates.AccountCreated,
        [RecoveryRequested.Name] = MailTemplates.AccountRecovery,
        [SignInsPaused.Name] = MailTemplates.AccountPaused,
        [DossierRefused.Name] = MailTemplates.DossierRefused,
        [DossierRejected.Name] = MailTemplates.DossierRejected,
        [DossierStalled.Name] = MailTemplates.DossierStalled,
        [IntegrationHeld.Name] = MailTemplates.IntegrationHeld,
        [IntegrationGivenUp.Name] = MailTemplates.IntegrationGivenUp,
        [AuditBroken.Name] = MailTemplates.AuditBroken,
    };

    public string ConnectorKey => MailConnector.ConnectorKey;

    public IReadOnlySet<string> Topics { get; } = Templates.Keys.ToHashSet();

    /// <summary>Alerts are told in the application too.</summary>
    public bool IsOptionalFor(string topic) => topic.StartsWith("alert.", StringComparison.Ordinal);

    public async Task<IReadOnlyList<DeliveryOrder>> OrdersAsync(
        TapworkDbContext db, Integration integration, IReadOnlyList<EventRecord> events, CancellationToken cancel)
    {
        // A mail server that is set up wrong is told in the application: by mail it would wait for itself.
        var wanted = events.Where(e => e.Subject != integration.Id).ToList();
        IReadOnlyList<Told> told = [.. await Audience.OfAsync(db, wanted, clock.GetUtcNow(), cancel), .. await OfAccountsAsync(db, wanted, cancel)];
        return [.. told.Select(t => OrderOf(integration, t))];
    }

    // An account's own mails go to the person themselves, whether they may sign in is asked when the mail is sent.
    private static async Task<IReadOnlyList<Told>> OfAccountsAsync(TapworkDbContext db, IReadOnlyList<EventRecord> events, CancellationToken cancel)
    {
        var own = events.Where(e => e.Topic is PersonCreated.Name or RecoveryRequested.Name or SignInsPaused.Name).ToList();
        var ids = own.Select(e => e.Subject).ToList();
        var people = await db.People.Where(p => ids.Contains(p.Id))
            .Select(p => new Recipient(p.Id, p.Name, p.Email, p.Role)).ToDictionaryAsync(p => p.Id, cancel);
        return [.. own.Where(e => people.ContainsKey(e.Subject)).Select(e => new Told(e, people[e.Subject], "", ""))];
    }

    private static DeliveryOrder OrderOf(Integration integration, Told told)
    {
        var (happened, person) = (told.Event, told.Person);
        var template = Templates[happened.Topic];
        return new DeliveryOrder(
            integration.Id, happened.Id, $"{PurposePrefix}{person.Id}:{template}", happened.Topic, happened.Subject,
            new MailPayload(person.Id, template, happened.Subject, person.HasAccount ? null : person.Email).ToJson(),
            $"mail-{happened.Id}-{person.Id:n}", person.Id.ToString(), happened.CorrelationId,
            new DeliverySearch(
                happened.Topic is IntegrationHeld.Name or IntegrationGivenUp.Name or AuditBroken.Name || happened.Topic.StartsWith("alert.", StringComparison.Ordinal) || told.About.Length == 0 ? null : told.About,
                SearchToken.Fold(person.Name), null, person.Email.ToLowerInvariant(), null));
    }
}
