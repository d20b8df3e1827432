using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.DataProtection;
using Tapwork.Core;
using Tapwork.Core.Integrations;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>Between a connector's settings record and the JSON an integration keeps: secrets are encrypted there.</summary>
public sealed class SettingsProtection(IDataProtectionProvider provider)
{
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

    /// <summary>JSON for <see cref="Integration.Configure"/>.</summary>
    /// <exception cref="RuleViolation"><c>integration.settings_invalid</c> for each property that breaks its annotation; the message names no value.</exception>
    public string Protect<T>(T settings) where T : class
    {
        Validate(settings);
        var json = (JsonObject)JsonSerializer.SerializeToNode(settings)!;
        foreach (var name in SecretsOf(typeof(T)))
            if (json[name]?.GetValue<string>() is { Length: > 0 } secret)
                json[name] = _protector.Protect(secret);
        return json.ToJsonString();
    }

    /// <summary>Whether two settings are alike in all that is kept of them.</summary>
    internal static bool SaysTheSame<T>(T one, T other) where T : class => JsonSerializer.Serialize(one) == JsonSerializer.Serialize(other);

    private T Read<T>(string text) where T : class
    {
        try
        {
            var json = (JsonObject)JsonNode.Parse(text)!;
            foreach (var name in SecretsOf(typeof(T)))
                if (json[name]?.GetValue<string>() is { Length: > 0 } secret)
                    json[name] = _protector.Unprotect(secret);
            var settings = json.Deserialize<T>()!;
            Validate(settings);
            return settings;
        }
        catch (Exception e) when (e is JsonException or CryptographicException or InvalidOperationException or RuleViolation)
        {
            // The inner exception may quote what it could not read.
            throw new SettingsUnreadableException(e is CryptographicException ? "the secrets cannot be decrypted with the keys at hand" : "the settings are incomplete");
        }
    }

    private static void Validate(object settings)
    {
        var broken = new List<ValidationResult>();
        Validator.TryValidateObject(settings, new ValidationContext(settings), broken, validateAllProperties: true);
        RuleViolation.ThrowIfAny([.. broken.Select(b => new Violation("integration.settings_invalid", b.MemberNames.FirstOrDefault()))]);
    }

    private static IEnumerable<string> SecretsOf(Type type) =>
        type.GetProperties().Where(p => p.GetCustomAttribute<SecretAttribute>() is not null).Select(p => p.Name);
}

/// <summary>The settings of an integration cannot be used as they are; the message names no value.</summary>
public sealed class SettingsUnreadableException(string message) : Exception(message);
