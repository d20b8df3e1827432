using System.Globalization;
using Microsoft.EntityFrameworkCore;
using MimeKit;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations.Mail;

/// <summary>Turns a delivery into a mail at the moment of sending, with the person's address and language as they are now.</summary>
internal sealed class MailComposer(Database database, PasswordLink passwords, PublicAddress address, TimeProvider clock)
{
    private static readonly Actor Self = Actor.System("mail");

    /// <summary>The mail, or the outcome of there being none.</summary>
    public async Task<(MimeMessage? Mail, DeliveryOutcome? Instead)> ComposeAsync(MailSettings settings, Delivery delivery, CancellationToken cancel)
    {
        var payload = MailPayload.Read(delivery.Payload);
        await using var db = database.Open(Self);
        if (await AddresseeAsync(db, payload, cancel) is not { } to)
            return (null, new DeliveryOutcome.Pointless("account.not_active"));
        var (link, words) = await AboutAsync(db, payload, cancel);
        if (link is null)
            return (null, new DeliveryOutcome.Pointless("mail.nothing_to_tell"));
        if (MailAddresses.Of(to.Name, to.Email) is not { } mailbox)
            return (null, new DeliveryOutcome.Refused("the address of the recipient is malformed", [new FieldError("Email", "malformed")]));
        words["name"] = to.Name;
        words["email"] = to.Email;
        var text = await MailTemplates.WriteAsync(payload.Template, to.Culture, link, words);
        return (MessageOf(settings, delivery, mailbox, text), null);
    }

    // Somebody without an account has said no language: the house's own.
    private async Task<Addressee?> AddresseeAsync(TapworkDbContext db, MailPayload payload, CancellationToken cancel)
    {
        if (payload.Address is { } address)
            return new Addressee(address, address, MailTemplates.Languages[0]);
        var person = await db.People.AsNoTracking().SingleOrDefaultAsync(p => p.Id == payload.Person, cancel);
        return person is not null && person.IsActive(clock.GetUtcNow()) ? new Addressee(person.Name, person.Email, person.Culture) : null;
    }

    private Task<(string? Link, Dictionary<string, string?> Words)> AboutAsync(TapworkDbContext db, MailPayload payload, CancellationToken cancel) =>
        payload.Template switch
        {
            MailTemplates.AccountRecovery or MailTemplates.AccountCreated => AccountAsync(db, payload, cancel),
            MailTemplates.AccountPaused => Task.FromResult<(string?, Dictionary<string, string?>)>((address.Of("/account/recovery"), [])),
            MailTemplates.IntegrationHeld or MailTemplates.IntegrationGivenUp => IntegrationAsync(db, payload.About, cancel),
            MailTemplates.Alert or MailTemplates.AlertCleared => AlertAsync(db, payload.About, cancel),
            MailTemplates.AuditBroken => AuditAsync(db, payload.About, cancel),
            _ => DossierAsync(db, payload.About, cancel),
        };

    // Who has a password already (the first administrator, a demo account) needs no invitation.
    private async Task<(string?, Dictionary<string, string?>)> AccountAsync(TapworkDbContext db, MailPayload payload, CancellationToken cancel)
    {
        var hasPassword = payload.Template == MailTemplates.AccountCreated
            && await db.Users.AnyAsync(l => l.Id == payload.Person && l.PasswordHash != null, cancel);
        return (hasPassword ? null : await passwords.ForAsync(payload.Person), []);
    }

    private async Task<(string?, Dictionary<string, string?>)> DossierAsync(TapworkDbContext db, Guid id, CancellationToken cancel)
    {
        var about = await db.Dossiers.Where(d => d.Id == id)
            .Join(db.Interventions, d => d.InterventionId, i => i.Id, (d, i) => new { i.Id, i.Reference, d.Reason }).SingleOrDefaultAsync(cancel);
        return about is null ? (null, []) : (address.Of($"/interventions/{about.Id}"), new() { ["reference"] = about.Reference, ["reason"] = about.Reason });
    }

    private async Task<(string?, Dictionary<string, string?>)> IntegrationAsync(TapworkDbContext db, Guid id, CancellationToken cancel)
    {
        var name = await db.Integrations.Where(i => i.Id == id).Select(i => i.Name).SingleOrDefaultAsync(cancel);
        var reason = await db.Destinations.Where(d => d.IntegrationId == id).Select(d => d.HeldBecause).SingleOrDefaultAsync(cancel);
        return name is null ? (null, []) : (address.Of($"/deliveries?destination={id}"), new() { ["integration"] = name, ["reason"] = reason });
    }

    private async Task<(string?, Dictionary<string, string?>)> AlertAsync(TapworkDbContext db, Guid id, CancellationToken cancel)
    {
        if (await db.Incidents.AsNoTracking().SingleOrDefaultAsync(i => i.Id == id, cancel) is not { } incident)
            return (null, []);
        var name = await db.Integrations.Where(i => i.Id == incident.IntegrationId).Select(i => i.Name).SingleOrDefaultAsync(cancel);
        return (address.Of("/alerts"), new() { ["kind"] = incident.Kind.ToString(), ["integration"] = name ?? incident.About, ["measured"] = incident.Measured.ToString(CultureInfo.InvariantCulture) });
    }

    private async Task<(string?, Dictionary<string, string?>)> AuditAsync(TapworkDbContext db, Guid id, CancellationToken cancel)
    {
        var found = await db.AuditReports.Where(r => r.Id == id).Select(r => (long?)r.Found).SingleOrDefaultAsync(cancel);
        return found is null ? (null, []) : (address.Of("/audit"), new() { ["found"] = found.Value.ToString(CultureInfo.InvariantCulture) });
    }

    private MimeMessage MessageOf(MailSettings settings, Delivery delivery, MailboxAddress to, MailText text)
    {
        var from = MailAddresses.Parse(settings.From)!;
        var message = new MimeMessage
        {
            Subject = text.Subject,
            Date = clock.GetUtcNow(),
            // The same for every send of this delivery, whatever became of the settings meanwhile: a reader that gets it twice can tell.
            MessageId = $"{delivery.IdempotencyKey}@{address.Domain ?? from.Domain}",
            Body = new MultipartAlternative(new TextPart("plain") { Text = text.Text }, new TextPart("html") { Text = text.Html }),
        };
        message.From.Add(from);
        message.To.Add(to);
        // No out-of-office answers, please (RFC 3834).
        message.Headers.Add("Auto-Submitted", "auto-generated");
        return message;
    }

    private sealed record Addressee(string Name, string Email, string Culture);
}
