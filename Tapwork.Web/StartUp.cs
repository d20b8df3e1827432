using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Infrastructure.Sandbox;
using Tapwork.Web.Sandbox;

namespace Tapwork.Web;

/// <summary>What happens before the first request: what may not run is refused, the database is brought up to date, integrations and demo data stand.</summary>
internal sealed class StartUp(
    DatabasePreparation database, AuditKeys auditKeys, IntegrationSeeding integrations, AccountQueries accounts, SetupCode setup, IServiceProvider services, IConfiguration configuration,
    IHostEnvironment environment)
{
    public async Task PrepareAsync(CancellationToken cancel)
    {
        RefuseOutsideDevelopment(environment, configuration, auditKeys);
        KeyRing.MustBeReadable(configuration);
        await database.PrepareAsync(cancel);
        KeyRing.MustOpenStoredKeys(services.GetRequiredService<IKeyManager>());
        // The first key is made here, outside of any transaction of ours: it is written on a connection of its own.
        services.GetRequiredService<IDataProtectionProvider>().CreateProtector("start").Protect([]);
        services.GetRequiredService<FileLinks>().MustBeReadable();
        await integrations.SeedAsync(cancel);
        if (services.GetService<DemoData>() is { } demo)
            await demo.SeedAsync(cancel);
    }

    /// <summary>Tells on the console where to go.</summary>
    public async Task TellAsync(string address)
    {
        var isNew = !await accounts.AnyAsync(CancellationToken.None);
        Console.WriteLine($"Tapwork is at {address}");
        Console.WriteLine(isNew ? $"Create the first account: {address}/setup with the code {setup.Text}" : $"Sign in: {address}/sign-in");
        if (services.GetService<DemoData>() is not null)
            Console.WriteLine($"Demo accounts: {string.Join(", ", DemoData.Accounts.Select(a => a.Email))} with the password {DemoData.Password}");
    }

    /// <summary>Refuses what is for Development only. Every other environment, whatever its name, holds real data.</summary>
    internal static void RefuseOutsideDevelopment(IHostEnvironment environment, IConfiguration configuration, AuditKeys auditKeys)
    {
        if (environment.IsDevelopment())
            return;
        if (SandboxSetup.IsEnabled(configuration, environment))
            throw new InvalidOperationException("Sandbox:Enabled is for Development only: the sandbox takes dossiers and forwards none");
        if (DemoSetup.IsEnabled(configuration, environment))
            throw new InvalidOperationException("Demo:Enabled is for Development only: its passwords are printed in the documentation");
        if (!KeyRing.IsProtected(configuration))
            throw new InvalidOperationException(
                $"the keys that encrypt secrets are unprotected: set {KeyRing.Certificate} (a PKCS #12 file) or {KeyRing.File} (a file with 32 random bytes in Base64, kept outside the database)");
        auditKeys.MustBeReadable();
    }
}

internal static class Serving
{
    /// <summary>Runs the application.</summary>
    /// <returns>The exit code: 1 when it could not start, with one line on the console that says why.</returns>
    public static async Task<int> TellingWhyNotAsync(Func<Task> run)
    {
        try
        {
            await run();
            return 0;
        }
        catch (Exception e) when (e is not (OperationCanceledException or HostAbortedException))
        {
            await Console.Error.WriteLineAsync($"Tapwork cannot start: {(e is DatabaseUnavailableException ? e : e.GetBaseException()).Message}");
            return 1;
        }
    }

    /// <summary>Prepares, listens, and runs until it is stopped.</summary>
    public static async Task StartAndServeAsync(this WebApplication app)
    {
        var start = app.Services.GetRequiredService<StartUp>();
        await start.PrepareAsync(app.Lifetime.ApplicationStopping);
        await app.StartAsync();
        await start.TellAsync(AddressOf(app));
        app.Logger.LogInformation("Tapwork {Version} listens at {Address}", typeof(Serving).Assembly.GetName().Version, AddressOf(app));
        await using var stopping = app.Lifetime.ApplicationStopping.Register(() => app.Logger.LogInformation("Tapwork stops"));
        await app.WaitForShutdownAsync();
    }

    private static string AddressOf(WebApplication app)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses;
        return (addresses?.FirstOrDefault() ?? "http://localhost:5080").Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal);
    }
}
