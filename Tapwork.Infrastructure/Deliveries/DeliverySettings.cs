namespace Tapwork.Infrastructure.Deliveries;

/// <summary>The section <c>Deliveries</c> of the settings file.</summary>
public sealed class DeliverySettings
{
    public const string Section = "Deliveries";

    /// <summary>How much longer than one send's timeout a lease lasts: after a crash, so long may pass before another process goes on.</summary>
    public TimeSpan LeaseMargin { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether this instance sends; off for one that only serves screens.</summary>
    public bool Pump { get; set; } = true;
}
