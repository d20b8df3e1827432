using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Auditing;

/// <summary>What the product itself does to the trail while it is verified is no finding.</summary>
public sealed class MovingTrailTests
{
    // A page of the verification, and some more.
    private const int MoreThanAPage = 2_100;

    private static readonly Actor Someone = new(null, "visitor", null, null, "192.0.2.7", "Firefox", Actor.NewCorrelationId());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<DatabaseProvider> Both => TestDatabases.Data;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Entries_that_are_retired_meanwhile_are_not_told_as_removed(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(1));
        await using var services = Compose(database, clock);
        for (var number = 0; number < 4; number++)
            await TellAsync(services, clock, 1, company: number);
        clock.Advance(TimeSpan.FromDays(300));
        await TellAsync(services, clock, MoreThanAPage, company: 4);
        await TellAsync(services, clock, 300, company: 5);
        clock.Advance(TimeSpan.FromDays(70));
        // Of the first ones; those of the second page follow while the first is read.
        (await RetireAsync(services)).ShouldBe(4);
        await SealAsync(services);
        var retired = 0;
        (await VerifyAsync(services, async () =>
        {
            clock.Advance(TimeSpan.FromDays(300));
            retired += await RetireAsync(services);
            await SealAsync(services);
        })).Findings.ShouldBeEmpty();
        retired.ShouldBeGreaterThan(MoreThanAPage);
        (await VerifyAsync(services)).Findings.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Changes_that_are_retired_meanwhile_are_not_missed_by_their_records(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(1));
        await using var services = Compose(database, clock);
        var person = Person.Create("Claire Martin", "claire@tapwork.example", Role.Office, null, "fr", clock.GetUtcNow());
        var id = person.Id;
        await services.GetRequiredService<Database>().WriteAsync(Someone, db => Task.FromResult(db.People.Add(person)), Cancel);
        await TellAsync(services, clock, 10, company: 0);
        clock.Advance(TimeSpan.FromDays(3654));
        await services.GetRequiredService<Database>().WriteAsync(Someone, async db => (await db.People.SingleAsync(p => p.Id == id, Cancel)).Suspend(clock.GetUtcNow()), Cancel);
        await SealAsync(services);
        (await VerifyAsync(services, () => RetireAsync(services))).Findings.ShouldBeEmpty();
        await SealAsync(services);
        (await VerifyAsync(services)).Findings.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task An_erasure_that_is_sealed_between_the_chain_and_the_unsealed_is_heard(DatabaseProvider provider)
    {
        await using var database = await TamperedTrail.SealedAsync(provider, 5);
        var services = database.Services.Value;
        await TellAsync(services, TimeProvider.System, MoreThanAPage, company: null);
        var erased = await database.EraseAsync(3);
        erased.ShouldBeGreaterThan(0);
        var calls = 0;
        (await VerifyAsync(services, async () =>
        {
            // The chain's page is the first, the unsealed ones' the second.
            if (++calls == 2)
                await SealAsync(services);
        })).Findings.ShouldBeEmpty();
        calls.ShouldBeGreaterThanOrEqualTo(2);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Sealing_erasing_and_a_new_key_meanwhile_are_no_findings(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var services = database.Services.Value;
        await database.RegisterAsync(3);
        await TellAsync(services, TimeProvider.System, MoreThanAPage, company: null);
        await database.RegisterAsync(3);
        await SealAsync(services);
        var pages = 0;
        (await VerifyAsync(services, async () =>
        {
            // The verification reads on as long as more is sealed.
            if (++pages > 3)
                return;
            await database.EraseAsync(2);
            await database.EraseAsync(MoreThanAPage + 5);
            services.GetRequiredService<AuditKeys>().Rotate();
            await database.RegisterAsync(1);
            await SealAsync(services);
        })).Findings.ShouldBeEmpty();
        (await VerifyAsync(services)).Findings.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_erasure_is_told_as_long_as_what_it_erased()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(1));
        await using var services = Compose(database, clock, ("Audit:Terms:ChangesDays", "100"), ("Audit:Terms:ActsDays", "0"));
        var admin = Person.Create("Anne Admin", "anne@tapwork.example", Role.Admin, null, "fr", clock.GetUtcNow());
        await services.GetRequiredService<Database>().WriteAsync(Someone, db =>
        {
            db.Tell("integration.tested", nameof(Company), "one", clock.GetUtcNow(), new() { ["What"] = [null, "Dupont"] });
            return Task.FromResult(db.People.Add(admin));
        }, Cancel);
        var actor = new Actor(admin.Id, admin.Name, admin.Role, null, "192.0.2.8", "Firefox", Actor.NewCorrelationId());
        (await services.GetRequiredService<AuditErasure>().EraseAsync(actor, nameof(Company), "one", null, Cancel)).ShouldBe(1);
        await SealAsync(services);
        clock.Advance(TimeSpan.FromDays(4000));
        await RetireAsync(services);
        await SealAsync(services);
        (await VerifyAsync(services)).Findings.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_copy_of_a_retired_entry_is_not_sealed_and_is_found(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(1));
        await using var services = Compose(database, clock);
        await TellAsync(services, clock, 5, company: 0);
        AuditEntry kept;
        await using (var db = database.Open())
            kept = await db.AuditEntries.AsNoTracking().FirstAsync(e => e.Action == "account.signed_in", Cancel);
        clock.Advance(TimeSpan.FromDays(400));
        (await RetireAsync(services)).ShouldBe(5);
        await SealAsync(services);
        await using (var db = database.Open())
        {
            var copy = new AuditEntry
            {
                At = kept.At,
                ActorId = kept.ActorId,
                ActorName = kept.ActorName,
                Role = kept.Role,
                Ip = kept.Ip,
                UserAgent = kept.UserAgent,
                CorrelationId = kept.CorrelationId,
                Cause = kept.Cause,
                Action = kept.Action,
                RecordType = kept.RecordType,
                RecordId = kept.RecordId,
                RecordVersion = kept.RecordVersion,
                Changes = kept.Changes,
                Salts = kept.Salts,
            };
            db.Entry(copy).Property(e => e.KeyId).CurrentValue = kept.KeyId;
            db.Entry(copy).Property(e => e.Mac).CurrentValue = kept.Mac;
            db.AuditEntries.Add(copy);
            await db.SaveChangesAsync(Cancel);
        }
        await SealAsync(services);
        (await VerifyAsync(services)).Findings.Select(f => (f.Fault, f.Sequence)).ShouldBe([(AuditFault.Repeated, null)]);
    }

    // Of somebody who signs in so many times, and who registers a company.
    private static async Task TellAsync(ServiceProvider services, TimeProvider clock, int times, int? company)
    {
        await services.GetRequiredService<Database>().WriteAsync(Someone, db =>
        {
            for (var time = 0; time < times; time++)
                db.Tell("account.signed_in", nameof(Person), Guid.CreateVersion7(), clock.GetUtcNow());
            if (company is { } number)
                db.Companies.Add(Company.Register($"Société {number}", Given.Siret(number), clock.GetUtcNow()));
            return Task.CompletedTask;
        }, Cancel);
        if (company is not null)
            await SealAsync(services);
    }

    private static ServiceProvider Compose(TestDatabase database, TimeProvider clock, params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(database.Settings).AddInMemoryCollection(settings.ToDictionary(s => s.Name, s => (string?)s.Value))
            .AddInMemoryCollection(new Dictionary<string, string?> { ["PublicBaseUrl"] = "https://tapwork.example" }).Build();
        return new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(configuration).AddSingleton(clock).AddTapwork(configuration).BuildServiceProvider();
    }

    private static Task<int> RetireAsync(ServiceProvider services) => services.GetRequiredService<AuditRetention>().RetireAsync(Cancel);

    private static async Task SealAsync(ServiceProvider services)
    {
        while (await services.GetRequiredService<AuditSealer>().SealAsync(Cancel) > 0)
        {
        }
    }

    /// <param name="meanwhile">Done after each page, while the verification waits.</param>
    private static Task<AuditVerdict> VerifyAsync(ServiceProvider services, Func<Task>? meanwhile = null) => services.GetRequiredService<AuditVerification>()
        .ReadAsync(Actor.System("test"), new Meanwhile(() => Task.Run(() => meanwhile?.Invoke() ?? Task.CompletedTask).GetAwaiter().GetResult()), Cancel);

    private sealed class Meanwhile(Action act) : IProgress<(long Done, long Expected)>
    {
        public void Report((long Done, long Expected) value) => act();
    }
}
