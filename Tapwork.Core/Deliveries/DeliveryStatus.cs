namespace Tapwork.Core.Deliveries;

/// <summary>Where a delivery stands.</summary>
public enum DeliveryStatus
{
    /// <summary>Waits for its first send.</summary>
    Pending,

    /// <summary>Claimed under a lease by one process.</summary>
    Sending,

    Delivered,

    /// <summary>Did not get through; the next try has a time.</summary>
    Retrying,

    /// <summary>The content is wrong: only a person can help.</summary>
    Refused,

    /// <summary>May or may not have arrived: at a destination that would take a repeat for a second thing, or that names another record as known. A person decides.</summary>
    Uncertain,

    /// <summary>The last try of the schedule failed.</summary>
    Dead,

    /// <summary>Held back by a person.</summary>
    Held,

    Cancelled,
}
