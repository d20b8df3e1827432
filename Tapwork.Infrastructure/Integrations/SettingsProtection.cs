using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.DataProtection;
using Tapwork.Core;
using Tapwork.Core.Integrations;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>Between a connector's settings record and the JSON an integration keeps: secrets are encrypted there.</summary>
public sealed class SettingsProtection(IDataProtectionProvider provider)
{
    /// <summary>The rule of a setting that breaks an annotation without a rule of its own.</summary>
    internal const string Invalid = "integration.settings_invalid";

    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };
    private readonly IDataProtector _protector = provider.CreateProtector("Tapwork.Integrations.Settings");
    private readonly ConcurrentDictionary<(Guid, Type), (string Json, object Settings)> _read = new();

    /// <summary>The settings of an integration, decrypted; read once for each change of them.</summary>
    /// <exception cref="SettingsUnreadableException">No settings record, or encrypted under a key that is gone.</exception>
    public T Of<T>(Integration integration) where T : class
    {
        if (_read.TryGetValue((integration.Id, typeof(T)), out var known) && known.Json == integration.Settings)
            return (T)known.Settings;
        // One object for all callers: what is kept for these settings (a token) is known by it.
        lock (_read)
        {
            if (_read.TryGetValue((integration.Id, typeof(T)), out known) && known.Json == integration.Settings)
                return (T)known.Settings;
            var settings = Read<T>(integration.Settings);
            _read[(integration.Id, typeof(T))] = (integration.Settings, settings);
            return settings;
        }
    }

    /// <summary>The same, or null where they cannot be read.</summary>
    public T? Find<T>(Integration integration) where T : class
    {
        try
        {
            return Of<T>(integration);
        }
        catch (SettingsUnreadableException)
        {
            return null;
        }
    }

    /// <summary>JSON for <see cref="Integration.Configure"/>.</summary>
    /// <exception cref="RuleViolation"><c>integration.settings_invalid</c> for each property that breaks its annotation; the message names no value.</exception>
    public string Protect<T>(T settings) where T : class
    {
        Validate(settings);
        var json = (JsonObject)JsonSerializer.SerializeToNode(settings, Json)!;
        foreach (var name in SecretsOf(typeof(T)))
            if (json[name]?.GetValue<string>() is { Length: > 0 } secret)
                json[name] = _protector.Protect(secret);
        return json.ToJsonString();
    }

    /// <summary>The settings with what was typed into their form, and which secrets are new in them.</summary>
    /// <param name="settings">The connector's settings record.</param>
    /// <param name="current">JSON as the integration keeps it.</param>
    /// <param name="typed">By name of the setting; a secret left empty stays.</param>
    /// <exception cref="RuleViolation">One violation for each setting that is missing, malformed or out of range; no message names a value.</exception>
    public (string Json, IReadOnlyList<string> SecretsSet) Change(Type settings, string current, IReadOnlyDictionary<string, string?> typed)
    {
        var json = Parse(settings, current);
        var secrets = SettingsForm.Apply(settings, json, typed, _protector.Protect);
        Validate(Decrypted(settings, json.ToJsonString()));
        return (json.ToJsonString(), secrets);
    }

    /// <summary>The settings with a new secret; where the far side takes two, the one before goes on until the given moment.</summary>
    public string Rotate(Type settings, string current, string name, string secret, DateTimeOffset until)
    {
        var json = Parse(settings, current);
        if (settings.GetProperty(name)!.GetCustomAttribute<SecretAttribute>()!.Former is { } former && json[name]?.GetValue<string>() is { Length: > 0 } before)
        {
            json[former] = before;
            json[$"{former}Until"] = until;
        }
        json[name] = _protector.Protect(secret);
        Validate(Decrypted(settings, json.ToJsonString()));
        return json.ToJsonString();
    }

    /// <summary>What is wrong with settings as they are kept; no message names a value.</summary>
    public IReadOnlyList<Violation> ViolationsOf(Type settings, string json)
    {
        try
        {
            Validate(Decrypted(settings, json));
            return [];
        }
        catch (RuleViolation refusal)
        {
            return refusal.Violations;
        }
        catch (Exception e) when (e is JsonException or CryptographicException or InvalidOperationException)
        {
            return [];
        }
    }

    /// <summary>Any text that holds secrets, encrypted.</summary>
    public string Seal(string text) => _protector.Protect(text);

    /// <summary>What was sealed; null under a key that is gone.</summary>
    public string? Open(string seal)
    {
        try
        {
            return _protector.Unprotect(seal);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>What may be shown of the settings, by name: everything but the secrets; what was emptied is empty, and not as it is where nothing was ever typed.</summary>
    public static IReadOnlyDictionary<string, string> Shown(Type settings, string json) =>
        JsonNode.Parse(json) is not JsonObject known ? new Dictionary<string, string>()
            : SettingsForm.Of(settings).Where(f => f.Kind != SettingKind.Secret && known.ContainsKey(f.Name)).ToDictionary(f => f.Name, f => Shown(f, known[f.Name]?.ToString() ?? ""));

    /// <summary>All that is kept of the settings, in plain text: two that say the same are alike.</summary>
    internal static string Said<T>(T settings) where T : class => JsonSerializer.Serialize(settings, Json);

    // Settings of earlier versions keep a choice as its number.
    private static string Shown(SettingField field, string text) =>
        field.Kind == SettingKind.Address ? HttpAddressAttribute.WithoutUserInfo(text)
        : field.Kind == SettingKind.Choice && int.TryParse(text, out var index) && index >= 0 && index < field.Choices.Count ? field.Choices[index] : text;

    // Addresses kept by earlier versions may hold a user and a password. They were never sent, and go with the next save.
    private static JsonObject Parse(Type settings, string text)
    {
        var json = (JsonObject)JsonNode.Parse(text)!;
        foreach (var field in SettingsForm.Of(settings).Where(f => f.Kind == SettingKind.Address))
            if (json[field.Name]?.ToString() is { } address && HttpAddressAttribute.WithoutUserInfo(address) is var plain && plain != address)
                json[field.Name] = plain;
        return json;
    }

    private T Read<T>(string text) where T : class
    {
        try
        {
            var settings = (T)Decrypted(typeof(T), Parse(typeof(T), text).ToJsonString());
            Validate(settings);
            return settings;
        }
        catch (Exception e) when (e is JsonException or CryptographicException or InvalidOperationException or RuleViolation)
        {
            // The inner exception may quote what it could not read.
            throw new SettingsUnreadableException(e is CryptographicException ? "the secrets cannot be decrypted with the keys at hand" : "the settings are incomplete");
        }
    }

    private object Decrypted(Type settings, string text)
    {
        var json = (JsonObject)JsonNode.Parse(text)!;
        foreach (var name in SecretsOf(settings))
            if (json[name]?.GetValue<string>() is { Length: > 0 } secret)
                json[name] = _protector.Unprotect(secret);
        return json.Deserialize(settings, Json)!;
    }

    private static void Validate(object settings)
    {
        var broken = new List<ValidationResult>();
        Validator.TryValidateObject(settings, new ValidationContext(settings), broken, validateAllProperties: true);
        RuleViolation.ThrowIfAny([.. broken.Select(b => new Violation(RuleOf(b), b.MemberNames.FirstOrDefault()))]);
    }

    // Annotations of ours name their rule; the sentences of all others are the framework's.
    private static string RuleOf(ValidationResult broken) =>
        broken.ErrorMessage is { } rule && rule.StartsWith("integration.", StringComparison.Ordinal) ? rule : Invalid;

    private static IEnumerable<string> SecretsOf(Type type) =>
        type.GetProperties().Where(p => p.GetCustomAttribute<SecretAttribute>() is not null).Select(p => p.Name);
}

/// <summary>The settings of an integration cannot be used as they are; the message names no value.</summary>
public sealed class SettingsUnreadableException(string message) : Exception(message);
