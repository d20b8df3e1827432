using System.Text.Json;

namespace Tapwork.Infrastructure.Integrations.Mail;

/// <summary>What a mail delivery keeps: whom, which template, and of which record. Address, language, words and links are found when it is sent.</summary>
/// <param name="Person">The account; with an address, what stands for it.</param>
/// <param name="About">The dossier or integration it tells of; the person for an account's own mails.</param>
/// <param name="Address">Of somebody without an account.</param>
internal sealed record MailPayload(Guid Person, string Template, Guid About, string? Address = null)
{
    public static MailPayload Read(string json) => JsonSerializer.Deserialize<MailPayload>(json, JsonSerializerOptions.Web)!;

    public string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);
}

/// <summary>A mail in words, in the recipient's language.</summary>
internal sealed record MailText(string Subject, string Text, string Html);
