using Tapwork.Infrastructure.Sandbox;

namespace Tapwork.Web.Sandbox;

public static class DemoSetup
{
    /// <summary>Demo accounts and work: on in Development unless <c>Demo:Enabled</c> says no.</summary>
    public static IServiceCollection AddDemoWhenEnabled(this IServiceCollection services, WebApplicationBuilder builder) =>
        IsEnabled(builder.Configuration, builder.Environment) ? services.AddSingleton<DemoData>() : services;

    public static bool IsEnabled(IConfiguration configuration, IHostEnvironment environment) =>
        configuration.GetValue("Demo:Enabled", environment.IsDevelopment());
}
