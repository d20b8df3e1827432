namespace Tapwork.Web.Sandbox;

/// <summary>The section <c>Sandbox</c> of the settings file, or the options of the sandbox's own process.</summary>
public sealed class SandboxSettings
{
    public const string Section = "Sandbox";

    public bool Enabled { get; set; }

    /// <summary>Where the journal of all that arrived is kept.</summary>
    public string Folder { get; set; } = "data/sandbox";

    /// <summary>Loopback port of the mail stand-in; 0 takes a free one, -1 none.</summary>
    public int SmtpPort { get; set; } = 5025;

    /// <summary>Calls taken in a rolling minute; 0 for no limit.</summary>
    public int CallsPerMinute { get; set; } = 100;

    /// <summary>Calls taken in a rolling day; 0 for no limit.</summary>
    public int CallsPerDay { get; set; } = 5000;

    public string ClientId { get; set; } = "sandbox-client";

    public string ClientSecret { get; set; } = "sandbox-secret";

    /// <summary>Key, token or password that the partners' stand-in takes.</summary>
    public string PartnerSecret { get; set; } = "sandbox-partner-secret";

    public string WebhookSecret { get; set; } = "sandbox-webhook-secret";

    /// <summary>How long a token lives, in seconds.</summary>
    public int TokenSeconds { get; set; } = 3600;

    /// <summary>Whether the files a dossier names are fetched and checked.</summary>
    public bool FetchFiles { get; set; } = true;
}
