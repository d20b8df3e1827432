using System.Globalization;
using System.Resources;
using Tapwork.Core.Integrations;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>What the integrations of a connector can be subscribed to.</summary>
public enum Offer
{
    /// <summary>Nothing: its route says what goes there.</summary>
    Nothing,

    /// <summary>Dossiers, under an authorisation.</summary>
    Dossiers,

    /// <summary>Every public event.</summary>
    Events,
}

/// <summary>All that screens have to know of a connector: its form, validation, help and documentation page are made of it and of the settings record.</summary>
/// <param name="Key">What an integration names it by, e.g. <c>symphonics</c>.</param>
/// <param name="Settings">The settings record; its annotations are the validation.</param>
/// <param name="Pace">How it is sent to, unless an administrator says otherwise.</param>
/// <param name="Texts">
/// Words beside the connector, in French and English: <c>name</c>, <c>about</c>, <c>protocol</c>, <c>authentication</c>, <c>setup</c>, and for each setting
/// <c>setting.X</c> and <c>setting.X.help</c>. Null for a connector without words of its own: then names stand for themselves.
/// </param>
public sealed record ConnectorDescriptor(string Key, Type Settings, IntegrationPace Pace, ResourceManager? Texts)
{
    public Offer Offer { get; init; } = Offer.Nothing;

    /// <summary>Topics its integrations can be subscribed to.</summary>
    public IReadOnlyCollection<string> Topics { get; init; } = [];

    /// <summary>What people can do through it, each with its text <c>feature.X</c>; without the integration it stops.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>Topics that only its far side's answers bring about.</summary>
    public IReadOnlyList<string> Causes { get; init; } = [];

    /// <summary>Only one integration of it makes sense.</summary>
    public bool IsSingle { get; init; }

    /// <summary>What goes out, as a record of the wire, for the field table of the register; null where there is none.</summary>
    public Type? Sends { get; init; }

    /// <summary>What comes in.</summary>
    public Type? Receives { get; init; }

    /// <summary>At the end of its schedule a delivery stays, and the destination is held and probed.</summary>
    public bool HoldsAtLast { get; init; }

    /// <summary>Makes a new value of a secret that is ours to choose, by the setting's name; all others are typed in.</summary>
    public IReadOnlyDictionary<string, Func<string>> Generated { get; init; } = new Dictionary<string, Func<string>>();

    /// <summary>In the reader's language; null when there is no such text.</summary>
    public string? Say(string key) => Texts?.GetString(key, CultureInfo.CurrentUICulture);

    public string Name => Say("name") ?? Key;

    public string Label(string setting) => Say($"setting.{setting}") ?? setting;
}
