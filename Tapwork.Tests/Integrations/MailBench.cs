using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Integrations.Mail;
using Tapwork.Infrastructure.Notifications;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Integrations;

/// <summary>The mail connector on a database of its own, with sign-in as the application has it.</summary>
internal sealed class MailBench : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly ServiceProvider _services;
    private int _count;
    private Integration? _mail;

    private MailBench(TestDatabase database, string[] allowed)
    {
        _database = database;
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["PublicBaseUrl"] = "https://tapwork.example/" }).Build();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton(database.Database);
        services.AddScoped(_ => database.Database.Open(Actor.System("test")));
        services.AddDataProtection();
        services.AddIdentityCore<Login>().AddEntityFrameworkStores<TapworkDbContext>().AddDefaultTokenProviders();
        services.AddSingleton(new OutgoingAddresses(new OutgoingSettings { AllowedAddresses = allowed }));
        services.AddSingleton<SeenCertificates>();
        services.AddSingleton<SettingsProtection>();
        services.AddSingleton<PublicAddress>();
        services.AddMail(configuration);
        _services = services.BuildServiceProvider();
    }

    public static async Task<MailBench> CreateAsync(string[]? allowed = null) => new(await TestDatabase.SqliteAsync(), allowed ?? ["127.0.0.0/8"]);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }

    public async Task<Person> PersonAsync(string culture = "en", bool suspended = false, bool withLogin = false, string? password = null)
    {
        var person = Person.Create("Jeanne Durand", $"jeanne{++_count}@example.com", Role.Admin, null, culture, Given.Now);
        if (suspended)
            person.Suspend(Given.Now);
        await _database.Database.WriteAsync(Actor.System("test"), db => { db.People.Add(person); return Task.CompletedTask; }, default);
        if (!withLogin)
            return person;
        await using var scope = _services.CreateAsyncScope();
        var logins = scope.ServiceProvider.GetRequiredService<UserManager<Login>>();
        var login = new Login { Id = person.Id, UserName = person.Email };
        (password is null ? await logins.CreateAsync(login) : await logins.CreateAsync(login, password)).Succeeded.ShouldBeTrue();
        return person;
    }

    public async Task<Delivery> DeliveryAsync(Person person, string template = MailTemplates.IntegrationHeld)
    {
        var about = Integration.Register($"REQ-I-{++_count:000}", "Symphonics", "symphonics", Given.Now);
        await _database.Database.WriteAsync(Actor.System("test"), db => { db.Integrations.Add(about); return Task.CompletedTask; }, default);
        return Delivery.Of(
            new DeliveryOrder(
                about.Id, 7, $"mail:{person.Id}:{template}", "integration.held", about.Id, new MailPayload(person.Id, template, about.Id).ToJson(),
                $"mail-7-{person.Id:n}", person.Id.ToString(), "c1", new DeliverySearch(null, null, null, null, null)),
            Given.Now);
    }

    public async Task<SendResult> SendAsync(Person person, MailSettings settings) => await SendAsync(await DeliveryAsync(person), settings);

    public Task<SendResult> SendAsync(Delivery delivery, MailSettings settings)
    {
        var integration = Integration.Register("REQ-I-900", "Courriel", MailConnector.ConnectorKey, Given.Now);
        _mail = integration;
        integration.Configure(_services.GetRequiredService<SettingsProtection>().Protect(settings), [], Given.Now);
        return _services.GetRequiredService<IConnector>().SendAsync(integration, delivery, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends a mail to somebody without an account.</summary>
    /// <returns>To whom it came.</returns>
    public async Task<string> SendOutsideAsync(string email, LoopbackSmtp server)
    {
        var to = Recipient.Outside(email);
        var about = Integration.Register($"REQ-I-{++_count:000}", "Symphonics", "symphonics", Given.Now);
        await _database.Database.WriteAsync(Actor.System("test"), db => { db.Integrations.Add(about); return Task.CompletedTask; }, default);
        var delivery = Delivery.Of(
            new DeliveryOrder(
                about.Id, 8, $"mail:{to.Id}", "integration.held", about.Id, new MailPayload(to.Id, MailTemplates.IntegrationHeld, about.Id, to.Email).ToJson(),
                $"mail-8-{to.Id:n}", to.Id.ToString(), "c1", new DeliverySearch(null, null, null, null, null)), Given.Now);
        (await SendAsync(delivery, new MailSettings { Host = "127.0.0.1", Port = server.Port, Security = MailSecurity.None, From = "tapwork@example.com" })).Outcome.ShouldBeOfType<DeliveryOutcome.Accepted>();
        return server.Mails.Single().To.Mailboxes.Single().Address;
    }

    /// <summary>Hosts whose certificate was seen with the last mail.</summary>
    public async Task<List<CertificateSighting>> SightingsAsync()
    {
        await _database.Database.WriteAsync(Actor.System("test"), async db =>
        {
            db.Integrations.Add(_mail!);
            await db.SaveChangesAsync();
            await _services.GetRequiredService<SeenCertificates>().WriteDownAsync(db, TestContext.Current.CancellationToken);
        }, default);
        await using var db = _database.Open();
        return await db.CertificateSightings.ToListAsync();
    }

    public async Task<bool> ChoosePasswordAsync(Guid personId, string token, string password)
    {
        await using var scope = _services.CreateAsyncScope();
        var logins = scope.ServiceProvider.GetRequiredService<UserManager<Login>>();
        var login = await logins.FindByIdAsync(personId.ToString());
        return (await logins.ResetPasswordAsync(login!, Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(token)), password)).Succeeded;
    }
}
