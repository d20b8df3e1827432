using System.ComponentModel.DataAnnotations;

namespace Tapwork.Infrastructure.Integrations.Mail;

/// <summary>How the connection to the mail server is protected.</summary>
public enum MailSecurity
{
    /// <summary>Begins in the clear and must change to TLS (usual on port 587).</summary>
    StartTls,

    /// <summary>TLS from the first byte (usual on port 465).</summary>
    Tls,

    /// <summary>Only for a relay on the allow-list, and never with a password.</summary>
    None,
}

/// <summary>What an administrator sets of the mail server.</summary>
public sealed record MailSettings
{
    /// <summary>Name or address of the SMTP server.</summary>
    [Required, StringLength(253)]
    public string Host { get; init; } = "";

    [Range(1, 65535)]
    public int Port { get; init; } = 587;

    public MailSecurity Security { get; init; } = MailSecurity.StartTls;

    /// <summary>Empty for a server that asks for none.</summary>
    [StringLength(254)]
    public string? User { get; init; }

    [Secret, StringLength(500)]
    public string? Password { get; init; }

    /// <summary>The sender, with or without a name: <c>Tapwork &lt;tapwork@example.com&gt;</c>.</summary>
    [Required, MailSender, StringLength(254)]
    public string From { get; init; } = "";

    /// <summary>SHA-256 of the one certificate to accept though no known authority signed it, 64 hexadecimal digits; empty for none.</summary>
    [RegularExpression("^[0-9A-Fa-f]{64}$"), StringLength(64)]
    public string? CertificateSha256 { get; init; }
}
