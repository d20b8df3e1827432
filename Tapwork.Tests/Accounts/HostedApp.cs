using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Shell;
using Tapwork.Web;

namespace Tapwork.Tests.Accounts;

/// <summary>The whole application in this process, listening on loopback, with demo data: what it is made of at hand, its cookies real.</summary>
public sealed class HostedApp : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tapwork-hosted-").FullName;
    private readonly IReadOnlyDictionary<string, string?> _settings;
    private WebApplication _app = null!;

    public HostedApp() : this(new Dictionary<string, string?>()) { }

    private HostedApp(IReadOnlyDictionary<string, string?> settings) => _settings = settings;

    public string Address => _app.Urls.First();

    public IServiceProvider Services => _app.Services;

    public IEnumerable<Microsoft.AspNetCore.Http.Endpoint> Endpoints => ((IEndpointRouteBuilder)_app).DataSources.SelectMany(s => s.Endpoints);

    public static async Task<HostedApp> StartAsync(params (string Name, string? Value)[] settings)
    {
        var app = new HostedApp(settings.ToDictionary(s => s.Name, s => s.Value));
        await app.InitializeAsync();
        return app;
    }

    public T Of<T>() where T : notnull => Services.GetRequiredService<T>();

    public TapworkDbContext Open() => Of<Database>().Open(Actor.System("test"));

    public async ValueTask InitializeAsync()
    {
        // The name of the web project, so that its pages' static files are found.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Tapwork.Web", EnvironmentName = "Development", ContentRootPath = _folder });
        var port = TapworkApp.FreePort();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["PublicBaseUrl"] = $"http://127.0.0.1:{port}",
            ["Database:ConnectionString"] = $"Data Source={Path.Combine(_folder, "tapwork.db")}",
            ["Files:Folder"] = Path.Combine(_folder, "files"),
            ["Audit:KeyFile"] = Path.Combine(_folder, "audit-keys.json"),
            ["Audit:HeadsFile"] = Path.Combine(_folder, "heads.jsonl"),
            ["Sandbox:Folder"] = Path.Combine(_folder, "sandbox"),
            ["Sandbox:SmtpPort"] = $"{TapworkApp.FreePort()}",
            ["Accounts:AttemptsPerMinute"] = "10000",
            ["Serilog:MinimumLevel:Default"] = "Fatal",
        }).AddInMemoryCollection(_settings);
        builder.AddTapworkWeb();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        _app = builder.Build();
        _app.UseTapwork();
        await _app.Services.GetRequiredService<StartUp>().PrepareAsync(CancellationToken.None);
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>One application for the tests that change little.</summary>
[CollectionDefinition(Name)]
public sealed class HostedTests : ICollectionFixture<HostedApp>
{
    public const string Name = "hosted";
}
