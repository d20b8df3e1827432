using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Monitoring;

namespace Tapwork.Web.Monitoring;

/// <summary>What machines ask of the application: whether it lives, whether it can work, its figures, and its traces.</summary>
public static class ProbeEndpoints
{
    /// <summary>Figures are for administrators, and for who bears the token of the setting <c>Metrics:Token</c>.</summary>
    public const string Policy = "metrics";

    public static IServiceCollection AddProbes(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddHealthChecks().AddCheck<DatabaseHealth>("database", tags: ["ready"]).AddCheck<ClockHealth>("clock", tags: ["ready"]);
        services.AddAuthorization(authorization => authorization.AddPolicy(Policy, p => p.RequireAssertion(context =>
            context.User.IsInRole(nameof(Role.Admin)) || BearsToken(context, configuration["Metrics:Token"]))));
        var telemetry = services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter("Tapwork.*").AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddPrometheusExporter());
        // The exporter's own variables say where to. Without one nothing leaves, and no call is burdened with spans that nobody reads.
        if (configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 })
            telemetry.WithMetrics(metrics => metrics.AddOtlpExporter())
                .WithTracing(traces => traces.AddSource(Telemetry.SourceName).AddAspNetCoreInstrumentation()
                    .AddHttpClientInstrumentation(calls => calls.EnrichWithHttpRequestMessage = SpanAddresses.Note).AddProcessor(new SpanAddresses()).AddOtlpExporter());
        return services;
    }

    public static void MapProbes(this IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        routes.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") }).AllowAnonymous();
        routes.MapPrometheusScrapingEndpoint("/metrics").RequireAuthorization(Policy);
    }

    private static bool BearsToken(AuthorizationHandlerContext context, string? token) =>
        token is { Length: > 0 } && context.Resource is HttpContext http
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(http.Request.Headers.Authorization.ToString()), Encoding.UTF8.GetBytes($"Bearer {token}"));
}

/// <summary>Whether the database answers.</summary>
internal sealed class DatabaseHealth(MonitoringQueries monitoring) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await monitoring.IsDatabaseThereAsync(cancellationToken) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("the database does not answer");
}

/// <summary>Whether this machine's clock agrees with the database's. It goes on working: others are told, and somebody sets the clock.</summary>
internal sealed class ClockHealth(ClockSkewMonitor skew) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(skew.IsExcessive ? HealthCheckResult.Degraded($"the clock is {skew.Skew.TotalSeconds:0.0} s off the database's") : HealthCheckResult.Healthy());
}
