using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Tapwork.Core;

namespace Tapwork.Infrastructure.Integrations;

public enum SettingKind
{
    Text,
    Address,
    Number,
    Switch,
    Choice,

    /// <summary>Never shown; left empty it stays as it is.</summary>
    Secret,
}

/// <summary>One field of the form that is made of a connector's settings record.</summary>
/// <param name="Choices">Values of a choice, as the settings keep them.</param>
/// <param name="NeededWhen">Another setting and its value: only then the field is asked for.</param>
/// <param name="Former">For a secret that is rotated with overlap: the setting that keeps the one before.</param>
public sealed record SettingField(
    string Name, SettingKind Kind, bool IsRequired, int? Longest, int? Least, int? Most, IReadOnlyList<string> Choices, (string Setting, string Value)? NeededWhen, string? Former,
    string? Default)
{
    /// <summary>Emptied, it is nothing rather than an empty text.</summary>
    public bool MayBeNull { get; init; }
}

/// <summary>The form of a settings record: its fields, and how what is typed becomes JSON.</summary>
public static class SettingsForm
{
    /// <summary>The fields of a settings record, in the order of its properties.</summary>
    public static IReadOnlyList<SettingField> Of(Type settings)
    {
        var unset = Activator.CreateInstance(settings);
        return [.. settings.GetProperties().Where(IsListed).Select(p => Field(p, unset))];
    }

    /// <summary>The settings with what was typed; a secret left empty is left as it is.</summary>
    /// <param name="settings">The record's type.</param>
    /// <param name="json">As they are now.</param>
    /// <param name="typed">By name; what is missing is left as it is.</param>
    /// <param name="protect">Encrypts a secret.</param>
    /// <returns>Names of the secrets that were set.</returns>
    /// <exception cref="RuleViolation"><c>field.not_a_number</c>, <c>integration.settings_invalid</c></exception>
    internal static IReadOnlyList<string> Apply(Type settings, JsonObject json, IReadOnlyDictionary<string, string?> typed, Func<string, string> protect)
    {
        var (broken, secrets) = (new List<Violation>(), new List<string>());
        foreach (var field in Of(settings).Where(f => typed.ContainsKey(f.Name)))
        {
            var text = typed[field.Name]?.Trim() ?? "";
            if (field.Kind != SettingKind.Secret)
                json[field.Name] = Node(field, text, broken);
            else if (text.Length > 0)
            {
                json[field.Name] = protect(text);
                secrets.Add(field.Name);
            }
        }
        RuleViolation.ThrowIfAny(broken);
        return secrets;
    }

    private static JsonNode? Node(SettingField field, string text, List<Violation> broken)
    {
        switch (field.Kind)
        {
            case SettingKind.Number when int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number):
                return number;
            case SettingKind.Number:
                broken.Add(new Violation("field.not_a_number", field.Name));
                return null;
            case SettingKind.Switch:
                return text is "true" or "on";
            case SettingKind.Choice when !field.Choices.Contains(text):
                broken.Add(new Violation("integration.settings_invalid", field.Name));
                return null;
            default:
                return text.Length == 0 && field.MayBeNull ? null : text;
        }
    }

    // Of a number with its sign.
    private const int LongestNumber = 11;

    private static bool IsListed(PropertyInfo property) =>
        property is { CanWrite: true, GetMethod.IsPublic: true } && property.GetCustomAttribute<UnlistedAttribute>() is null;

    private static SettingField Field(PropertyInfo property, object? unset)
    {
        var range = property.GetCustomAttribute<RangeAttribute>();
        var needed = property.GetCustomAttribute<NeededWhenAttribute>();
        var secret = property.GetCustomAttribute<SecretAttribute>();
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return new SettingField(
            property.Name,
            secret is not null ? SettingKind.Secret
                : property.GetCustomAttribute<HttpAddressAttribute>() is not null ? SettingKind.Address
                : type.IsEnum ? SettingKind.Choice
                : type == typeof(bool) ? SettingKind.Switch
                : type == typeof(int) ? SettingKind.Number
                : SettingKind.Text,
            property.GetCustomAttribute<RequiredAttribute>() is not null || needed is { IsOptional: false },
            type == typeof(int) ? LongestNumber : property.GetCustomAttribute<StringLengthAttribute>()?.MaximumLength,
            range is null ? null : (int)range.Minimum,
            range is null ? null : (int)range.Maximum,
            type.IsEnum ? Enum.GetNames(type) : [],
            needed is null ? null : (needed.Setting, needed.Value),
            secret?.Former,
            secret is null ? Convert.ToString(property.GetValue(unset), CultureInfo.InvariantCulture) : null)
        {
            MayBeNull = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable,
        };
    }
}
