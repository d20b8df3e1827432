namespace Tapwork.Web.Sandbox;

/// <summary>The sandbox as a process of its own: <c>dotnet run --project Tapwork.Web -- sandbox --urls http://127.0.0.1:0</c>.</summary>
internal static class SandboxProcess
{
    /// <summary>Settings as <c>--Sandbox:CallsPerMinute 0</c> and the like; prints one line with its addresses when it listens.</summary>
    public static async Task RunAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        if (builder.Configuration["urls"] is null)
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSandbox(builder.Configuration.GetSection(SandboxSettings.Section).Get<SandboxSettings>() ?? new SandboxSettings());
        var app = builder.Build();
        app.MapSandbox(controlPolicy: null);
        await app.StartAsync();
        Console.WriteLine($"sandbox listening on {app.Urls.First()}");
        if (app.Services.GetRequiredService<SandboxSettings>().SmtpPort >= 0)
            Console.WriteLine($"sandbox takes mail on port {await app.Services.GetRequiredService<SmtpStandIn>().Port}");
        await app.WaitForShutdownAsync();
    }
}
