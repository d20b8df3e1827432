using Microsoft.Extensions.Localization;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Web.Deliveries;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Integrations;

/// <summary>How an integration fares, in a sentence.</summary>
internal static class IntegrationWords
{
    public static string Sentence(this IStringLocalizer texts, IntegrationRow row, DateTimeOffset now)
    {
        var sentence = row switch
        {
            { Health: Health.Down, HeldBecause: { } because } => texts["integration.sentence.Down", texts.Reason(because)],
            { Health: Health.Down, ForcedBecause: { } because } => texts["integration.sentence.Down", texts["integration.breaker.forced", because]],
            { Health: Health.Down } => texts["integration.sentence.Down.breaker"],
            { Health: Health.Off, GivenUpBecause: { } because } => texts["integration.sentence.Off.because", texts.Reason(because)],
            { Health: Health.Ailing } => texts["integration.sentence.Ailing", texts.Reason(row.LastError)],
            _ => texts[$"integration.sentence.{row.Health}"],
        };
        return row is { Health: Health.Down, Until: { } until } && until > now ? $"{sentence} {texts["integration.retry", texts.Ago(until, now)]}" : sentence;
    }

    /// <summary>A value of a choice, in the connector's words.</summary>
    public static string Choice(this ConnectorDescriptor connector, string setting, string value) => connector.Say($"setting.{setting}.{value}") ?? value;
}
