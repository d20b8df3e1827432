using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Accounts;

/// <summary>The role classes of accounts on a real database, with one administrator and one company; no loop runs.</summary>
internal sealed class AccountBench : IAsyncDisposable
{
    public const string Password = "quatre chevaux bleus dansent";
    private readonly TestDatabase _database;
    private readonly ServiceProvider _services;

    private AccountBench(TestDatabase database)
    {
        _database = database;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(database.Settings)
            .AddInMemoryCollection(new Dictionary<string, string?> { ["PublicBaseUrl"] = "https://tapwork.example" }).Build();
        _services = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(configuration).AddSingleton<TimeProvider>(Clock).AddTapwork(configuration).BuildServiceProvider();
    }

    public FakeTimeProvider Clock { get; } = new(Given.Now);

    public AccountDesk Desk => Of<AccountDesk>();

    public SignInDesk SignIns => Of<SignInDesk>();

    /// <summary>The administrator.</summary>
    public Actor Admin { get; private set; } = null!;

    public Guid Company { get; private set; }

    public static Actor Visitor => Actor.Visitor("203.0.113.7", "a browser");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<AccountBench> StartAsync(DatabaseProvider provider = DatabaseProvider.Sqlite)
    {
        if (provider == DatabaseProvider.PostgreSql)
            Needs.PostgreSql();
        var bench = new AccountBench(await TestDatabase.CreateAsync(provider));
        bench.Admin = await bench.ActorAsync(await bench.Desk.SetUpAsync(Visitor, "Anne Admin", "anne@tapwork.example", Password, "fr", Cancel));
        await bench.Of<Database>().WriteAsync(Actor.System("test"), db =>
        {
            bench.Company = db.Companies.Add(Tapwork.Core.Companies.Company.Register("Éco-Chaleur", "73282932000074", Given.Now)).Entity.Id;
            return Task.CompletedTask;
        }, Cancel);
        return bench;
    }

    public T Of<T>() where T : notnull => _services.GetRequiredService<T>();

    public AccountDetails Details(string name = "Claire Martin", string email = "claire@tapwork.example", Role role = Role.Office, DateOnly? until = null) =>
        new(name, email, role, role == Role.Installer ? Company : null, "fr", until);

    /// <summary>A person who has chosen the password by the link of the invitation.</summary>
    public async Task<Guid> PersonAsync(AccountDetails details)
    {
        var id = await Desk.CreateAsync(Admin, details, Cancel);
        await Desk.ChoosePasswordAsync(Visitor, id, await TokenAsync(id), Password, Cancel);
        return id;
    }

    /// <summary>As it stands in the link of a mail.</summary>
    public async Task<string> TokenAsync(Guid person) => (await Of<PasswordLink>().ForAsync(person))!.Split("token=")[1];

    public async Task<Actor> ActorAsync(Guid id)
    {
        var person = await FindAsync(id);
        return new Actor(id, person.Name, person.Role, person.CompanyId, "127.0.0.1", "test", Actor.NewCorrelationId());
    }

    public async Task<Person> FindAsync(Guid id)
    {
        await using var db = Open();
        return await db.People.AsNoTracking().SingleAsync(p => p.Id == id, Cancel);
    }

    /// <param name="devices">As whose the browser is known.</param>
    public Task<SignInAnswer> SignInAsync(string email, string password = Password, params KnownDevice[] devices) => SignIns.CheckAsync(Visitor, email, password, devices, Cancel);

    public async Task<bool> StillHoldsAsync(SignedIn session) => await SignIns.StillHoldsAsync(session.Id, session.Role, session.Stamp, session.SessionId, Cancel);

    public async Task<List<AuditEntry>> AuditAsync()
    {
        await using var db = Open();
        return await db.AuditEntries.AsNoTracking().OrderBy(e => e.Id).ToListAsync(Cancel);
    }

    public TapworkDbContext Open() => Of<Database>().Open(Actor.System("test"));

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }
}
