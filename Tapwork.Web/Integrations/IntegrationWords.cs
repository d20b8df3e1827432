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

    /// <summary>
    /// The fields that are asked for. Secrets of an integration that is there are replaced elsewhere, but for those that it needs only now: a way of signing in
    /// was chosen that it did not use.
    /// </summary>
    /// <param name="values">As typed, by name of the setting.</param>
    /// <param name="sheet">Null while it is new.</param>
    public static IEnumerable<SettingField> Asked(this ConnectorDescriptor connector, IReadOnlyDictionary<string, string?> values, IntegrationSheet? sheet)
    {
        var fields = SettingsForm.Of(connector.Settings);
        return fields.Where(f => f.NeededWhen is not var (setting, value) ? f.Kind != SettingKind.Secret || sheet is null
            : (values.GetValueOrDefault(setting) ?? DefaultOf(setting)) == value
                && (f.Kind != SettingKind.Secret || sheet is null || !sheet.SecretsSetAt.ContainsKey(f.Name) || (sheet.Settings.GetValueOrDefault(setting) ?? DefaultOf(setting)) != value));

        string? DefaultOf(string setting) => fields.First(f => f.Name == setting).Default;
    }

    /// <summary>What a step of a test came to: in our words, or in the far side's.</summary>
    public static string Say(this IStringLocalizer texts, TestStep step) => step.Told is { } told ? texts.Say(told) : step.Said;

    /// <summary>A value of a choice, in the connector's words.</summary>
    public static string Choice(this ConnectorDescriptor connector, string setting, string value) => connector.Say($"setting.{setting}.{value}") ?? value;
}
