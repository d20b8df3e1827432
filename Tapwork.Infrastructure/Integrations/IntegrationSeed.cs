using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Tapwork.Core.Integrations;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>An integration as the settings file asks for it.</summary>
public abstract record IntegrationSeed(string Code, string Name, string ConnectorKey, IntegrationPace Pace)
{
    /// <summary>What it says of the settings, secrets in plain text: never kept as it is.</summary>
    public abstract string SaidSettings { get; }

    /// <summary>What it says of schedule, timeout, concurrency and limits.</summary>
    public string SaidPace => JsonSerializer.Serialize(Pace);

    /// <summary>What the integration's own settings say; null where they cannot be read.</summary>
    public abstract string? Read(Integration integration, SettingsProtection protection);

    /// <summary>Names of the secrets it sets.</summary>
    public abstract IReadOnlyList<string> Secrets { get; }

    /// <summary>The settings as an integration keeps them.</summary>
    public abstract string Protect(SettingsProtection protection);

    /// <summary>Schedule, timeout, concurrency and limits of a section, each with the default where the section is silent.</summary>
    public static IntegrationPace PaceOf(IConfiguration section, IntegrationPace otherwise) => new(
        section["RetrySchedule"] ?? otherwise.RetrySchedule,
        section.GetValue("TimeoutSeconds", otherwise.TimeoutSeconds),
        section.GetValue("Concurrency", otherwise.Concurrency),
        section.GetValue("IsOrdered", otherwise.IsOrdered),
        new RateLimit(
            section.GetValue("CallsPerMinute", otherwise.Limit.PerMinute),
            section.GetValue("ReservedPerMinute", otherwise.Limit.ReservedPerMinute),
            section.GetValue("CallsPerDay", otherwise.Limit.PerDay),
            section.GetValue("ReservedPerDay", otherwise.Limit.ReservedPerDay)));

    /// <summary>Never the settings: secrets are among them.</summary>
    public sealed override string ToString() => $"{Code} {Name}";
}

/// <summary>An integration with settings of one connector's kind.</summary>
public sealed record IntegrationSeed<TSettings>(string Code, string Name, string ConnectorKey, IntegrationPace Pace, TSettings Settings)
    : IntegrationSeed(Code, Name, ConnectorKey, Pace) where TSettings : class
{
    public override string SaidSettings => SettingsProtection.Said(Settings);

    public override string? Read(Integration integration, SettingsProtection protection) =>
        protection.Find<TSettings>(integration) is { } known ? SettingsProtection.Said(known) : null;

    public override IReadOnlyList<string> Secrets { get; } =
        [.. SettingsForm.Of(typeof(TSettings)).Where(f => f.Kind == SettingKind.Secret).Select(f => f.Name)];

    public override string Protect(SettingsProtection protection) => protection.Protect(Settings);
}

/// <summary>Reads what the settings file asks for; null when it asks for nothing.</summary>
public delegate IntegrationSeed? SeedReading();
