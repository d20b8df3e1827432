using System.Globalization;
using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Display;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Monitoring;

namespace Tapwork.Web.Monitoring;

/// <summary>Hands what the application says over to be kept: of its own lines those the settings ask for, of libraries warnings at least.</summary>
internal sealed class LogSink(LogQueue queue, LogSettings settings) : ILogEventSink
{
    // What is said while the log is written would bring forth more to write.
    private static readonly string[] Unkept = ["Microsoft.EntityFrameworkCore", typeof(LogKeeping).FullName!];
    private static readonly MessageTemplateTextFormatter Plain = new("{Message:lj}", CultureInfo.InvariantCulture);

    public void Emit(LogEvent logEvent)
    {
        var source = logEvent.Properties.GetValueOrDefault(Constants.SourceContextPropertyName) is ScalarValue { Value: string name } ? name : "";
        if (GravityOf(logEvent.Level) is not { } gravity || gravity < LeastOf(source) || Unkept.Any(u => source.StartsWith(u, StringComparison.Ordinal)))
            return;
        using var message = new StringWriter(CultureInfo.InvariantCulture);
        Plain.Format(logEvent, message);
        queue.Add(LogEntry.Of(logEvent.Timestamp, gravity, source, Correlation.Current, message.ToString(), logEvent.Exception?.ToString()));
    }

    private Gravity LeastOf(string source) =>
        source.StartsWith("Tapwork", StringComparison.Ordinal) || settings.Level > Gravity.Warning ? settings.Level : Gravity.Warning;

    private static Gravity? GravityOf(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => null,
        LogEventLevel.Information => Gravity.Information,
        LogEventLevel.Warning => Gravity.Warning,
        _ => Gravity.Error,
    };
}

internal static class LogSetup
{
    /// <summary>Keeps the log in the database too.</summary>
    public static LoggerConfiguration Kept(this LoggerSinkConfiguration log, IServiceProvider services) =>
        log.Sink(new LogSink(services.GetRequiredService<LogQueue>(), services.GetRequiredService<LogSettings>()));

    /// <summary>All that is said and done for a request bears one correlation.</summary>
    public static void UseCorrelation(this WebApplication app) => app.Use(async (HttpContext context, RequestDelegate next) =>
    {
        Correlation.Current = Actor.NewCorrelationId();
        await next(context);
    });
}
