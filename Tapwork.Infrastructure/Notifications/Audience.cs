using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Auditing;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Notifications;

/// <summary>Whom an event concerns: the person in charge of a dossier, or those who look after the integrations: the administrators and the owner, or whom an alert's rule names.</summary>
internal static class Audience
{
    /// <summary>What a person has to know of, in the application and by mail.</summary>
    public static readonly IReadOnlySet<string> Topics =
        new HashSet<string>([.. Enum.GetValues<AlertKind>().Select(AlertRaised.TopicOf), AlertCleared.Name])
        { DossierRefused.Name, DossierRejected.Name, DossierStalled.Name, IntegrationHeld.Name, IntegrationGivenUp.Name, AuditBroken.Name };

    /// <summary>One entry for each event and person; an event that concerns nobody has none.</summary>
    public static async Task<IReadOnlyList<Told>> OfAsync(TapworkDbContext db, IReadOnlyList<EventRecord> events, DateTimeOffset now, CancellationToken cancel)
    {
        var people = await ActiveAsync(db, now, cancel);
        var held = events.Where(e => e.Topic is IntegrationHeld.Name or IntegrationGivenUp.Name).ToList();
        var broken = events.Where(e => e.Topic == AuditBroken.Name).ToList();
        var alerts = events.Where(e => e.Topic.StartsWith("alert.", StringComparison.Ordinal)).ToList();
        var dossiers = events.Where(e => Topics.Contains(e.Topic)).Except(held).Except(broken).Except(alerts).ToList();
        return
        [
            .. await OfDossiersAsync(db, dossiers, people, cancel),
            .. await OfIntegrationsAsync(db, held, people, cancel),
            .. await OfTrailAsync(db, broken, people, cancel),
            .. await OfAlertsAsync(db, alerts, people, cancel),
        ];
    }

    /// <summary>Every active administrator.</summary>
    public static async Task<IReadOnlyList<Recipient>> AdminsAsync(TapworkDbContext db, DateTimeOffset now, CancellationToken cancel) =>
        Of(await ActiveAsync(db, now, cancel), Role.Admin);

    private static async Task<IReadOnlyList<Told>> OfDossiersAsync(
        TapworkDbContext db, List<EventRecord> events, IReadOnlyList<Recipient> people, CancellationToken cancel)
    {
        var subjects = events.Select(e => e.Subject).ToList();
        if (subjects.Count == 0)
            return [];
        var cases = await db.Dossiers.Where(d => subjects.Contains(d.Id))
            .Join(db.Interventions, d => d.InterventionId, i => i.Id, (d, i) => new { Dossier = d.Id, i.Id, i.Reference, i.MovedBy })
            .ToDictionaryAsync(c => c.Dossier, cancel);
        return [.. from happened in events
                   where cases.ContainsKey(happened.Subject)
                   let about = cases[happened.Subject]
                   from person in InCharge(people, about.MovedBy)
                   select new Told(happened, person, about.Reference, $"/interventions/{about.Id}")];
    }

    private static async Task<IReadOnlyList<Told>> OfIntegrationsAsync(
        TapworkDbContext db, List<EventRecord> events, IReadOnlyList<Recipient> people, CancellationToken cancel)
    {
        var subjects = events.Select(e => e.Subject).ToList();
        if (subjects.Count == 0)
            return [];
        var addresses = await Addresses.OfAsync(db, people, cancel);
        var closed = await db.Integrations.Where(i => subjects.Contains(i.Id)).Select(i => new { i.Id, i.Name, i.Code, i.OwnerEmail }).ToDictionaryAsync(i => i.Id, cancel);
        return [.. from happened in events
                   where closed.ContainsKey(happened.Subject)
                   let about = closed[happened.Subject]
                   from person in Of(people, Role.Admin).Union(addresses.At([about.OwnerEmail]))
                   select new Told(happened, person, about.Name, person.Role == Role.Admin ? $"/integrations/{about.Code}" : $"/deliveries?destination={happened.Subject}")];
    }

    private static async Task<IReadOnlyList<Told>> OfAlertsAsync(
        TapworkDbContext db, List<EventRecord> events, IReadOnlyList<Recipient> people, CancellationToken cancel)
    {
        var subjects = events.Select(e => e.Subject).ToList();
        if (subjects.Count == 0)
            return [];
        var incidents = await db.Incidents.AsNoTracking().Where(i => subjects.Contains(i.Id)).ToDictionaryAsync(i => i.Id, cancel);
        var about = await db.Integrations.Select(i => new { i.Id, i.Name, i.OwnerEmail }).ToDictionaryAsync(i => i.Id, cancel);
        var rules = await db.EffectiveRulesAsync(cancel);
        var addresses = await Addresses.OfAsync(db, people, cancel);
        return [.. from happened in events
                   where incidents.ContainsKey(happened.Subject)
                   let incident = incidents[happened.Subject]
                   let integration = incident.IntegrationId is { } id ? about.GetValueOrDefault(id) : null
                   from person in Named(rules[incident.Kind], integration?.OwnerEmail, people, addresses)
                   select new Told(happened, person, integration?.Name ?? incident.About, person.Role == Role.Admin ? "/alerts" : "/deliveries")];
    }

    private static IEnumerable<Recipient> Named(AlertRule rule, string? owner, IReadOnlyList<Recipient> people, Addresses addresses) =>
        people.Where(p => (rule.TellsAdmins && p.Role == Role.Admin) || (rule.TellsManagers && p.Role == Role.Manager))
            .Union(addresses.At([.. rule.Emails(), rule.TellsOwner ? owner : null]));

    private static async Task<IReadOnlyList<Told>> OfTrailAsync(
        TapworkDbContext db, List<EventRecord> events, IReadOnlyList<Recipient> people, CancellationToken cancel)
    {
        var subjects = events.Select(e => e.Subject).ToList();
        if (subjects.Count == 0)
            return [];
        var found = await db.AuditReports.Where(r => subjects.Contains(r.Id)).ToDictionaryAsync(r => r.Id, r => r.Found, cancel);
        return [.. from happened in events
                   where found.ContainsKey(happened.Subject)
                   from person in (IReadOnlyList<Recipient>)[.. Of(people, Role.Manager), .. Of(people, Role.Admin)]
                   select new Told(happened, person, found[happened.Subject].ToString(CultureInfo.InvariantCulture), "/audit")];
    }

    // Whoever last moved the intervention; when that person has left, the whole office, and where there is none the administrators.
    private static IReadOnlyList<Recipient> InCharge(IReadOnlyList<Recipient> people, Guid? movedBy) =>
        people.Where(p => p.Id == movedBy).ToList() is { Count: > 0 } one ? one
        : Of(people, Role.Office) is { Count: > 0 } office ? office
        : Of(people, Role.Admin);

    private static List<Recipient> Of(IReadOnlyList<Recipient> people, Role role) => [.. people.Where(p => p.Role == role)];

    private static async Task<IReadOnlyList<Recipient>> ActiveAsync(TapworkDbContext db, DateTimeOffset now, CancellationToken cancel)
    {
        var today = Paris.DayOf(now);
        return await db.People.Where(p => p.SuspendedAt == null && (p.ActiveUntil == null || p.ActiveUntil >= today))
            .Select(p => new Recipient(p.Id, p.Name, p.Email, p.Role)).ToListAsync(cancel);
    }
}

/// <param name="About">What the text is filled with: the intervention's reference, the integration's name.</param>
/// <param name="Link">Path inside the application.</param>
internal sealed record Told(EventRecord Event, Recipient Person, string About, string Link);
