using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Tapwork.Web.Sandbox;

public static class SandboxSetup
{
    /// <summary>Where the stand-in for Symphonics answers, below the application's own address.</summary>
    public const string SymphonicsPath = "/sandbox/symphonics";

    public static IServiceCollection AddSandbox(this IServiceCollection services, SandboxSettings settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        services.AddSingleton<SandboxFaults>();
        services.AddSingleton<SandboxWebhooks>();
        services.AddSingleton<SymphonicsStandIn>();
        services.AddSingleton<SandboxStore>();
        services.AddSingleton<SandboxFiles>();
        services.AddHostedService(provider => provider.GetRequiredService<SandboxStore>());
        services.AddHostedService(provider => provider.GetRequiredService<SandboxFiles>());
        return services;
    }

    /// <param name="routes">Where to.</param>
    /// <param name="controlPolicy">Who may steer it; null for anybody who reaches it (its own process, on loopback).</param>
    public static void MapSandbox(this IEndpointRouteBuilder routes, string? controlPolicy)
    {
        routes.ServiceProvider.GetRequiredService<SymphonicsStandIn>().Map(routes, SymphonicsPath);
        var control = routes.MapGroup("/sandbox/api");
        control.MapControl();
        if (controlPolicy is null)
            control.AllowAnonymous();
        else
            control.RequireAuthorization(controlPolicy);
    }
}
