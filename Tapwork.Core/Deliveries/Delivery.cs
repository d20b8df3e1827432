using System.Security.Cryptography;
using System.Text;
using Tapwork.Core.Dossiers;

namespace Tapwork.Core.Deliveries;

/// <summary>One thing on its way to one destination.</summary>
public sealed partial class Delivery : EventSource
{
    /// <summary>Purposes under which dossiers go out: to Symphonics, and to other partners. How these fare may be told to others; how a webhook or a mail fares may not.</summary>
    public static readonly IReadOnlyList<string> DossierPurposes = ["dossier", "partner"];

    /// <summary>Reason of a delivery that was cancelled, or may not be replayed, because its destination has a newer revision.</summary>
    public const string Superseded = "delivery.superseded";

    private Delivery() { }

    public long Id { get; private set; }
    public Guid IntegrationId { get; private set; }

    /// <summary>Position of the event that caused it; with integration and purpose it is unique.</summary>
    public long EventId { get; private set; }

    /// <summary>What it is for, e.g. <c>dossier</c> or <c>mail:{person}</c>.</summary>
    public string Purpose { get; private set; } = "";

    public string Topic { get; private set; } = "";

    /// <summary>The record it is about (dossier, person).</summary>
    public Guid Subject { get; private set; }

    public string Payload { get; private set; } = "";
    public string PayloadHash { get; private set; } = "";

    /// <summary>The same for every send of this delivery.</summary>
    public string IdempotencyKey { get; private set; } = "";

    /// <summary>Deliveries of one key go out in order, where the destination asks for order.</summary>
    public string OrderingKey { get; private set; } = "";

    public string CorrelationId { get; private set; } = "";
    public long? ReplacesId { get; private set; }

    /// <summary>Dossier of a newer revision that this destination has a delivery of: from then on this one is never sent.</summary>
    public Guid? SupersededBy { get; private set; }

    public DeliveryStatus Status { get; private set; }
    public DateTimeOffset NextAttemptAt { get; private set; }
    public Guid? LeaseToken { get; private set; }
    public DateTimeOffset? LeaseUntil { get; private set; }
    public DateTimeOffset? SendStartedAt { get; private set; }

    /// <summary>Sends begun, this one included; after a crash it tells what may have arrived.</summary>
    public int SendCount { get; private set; }

    /// <summary>Tries that used up a step of the schedule.</summary>
    public int FailedTries { get; private set; }

    /// <summary>The partner's id of it.</summary>
    public string? PartnerId { get; private set; }

    /// <summary>What the partner said of it later, by its own webhook, as it named it.</summary>
    public string? PartnerStatus { get; private set; }

    /// <summary>The partner's own time of that.</summary>
    public DateTimeOffset? PartnerStatusAt { get; private set; }

    public string? LastError { get; private set; }
    public FaultClass? LastFault { get; private set; }
    public IReadOnlyList<FieldError> FieldErrors { get; private set; } = [];
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset StatusAt { get; private set; }

    // What it is searched by; erasure can empty these.
    public string? SearchReference { get; private set; }
    public string? SearchName { get; private set; }
    public string? SearchPdl { get; private set; }
    public string? SearchEmail { get; private set; }
    public string? SearchExternalId { get; private set; }

    /// <summary>Waits to be sent; one whose order is superseded is there only to tell why it is not.</summary>
    public static Delivery Of(DeliveryOrder order, DateTimeOffset now) => new()
    {
        IntegrationId = order.IntegrationId,
        EventId = order.EventId,
        Purpose = order.Purpose,
        Topic = order.Topic,
        Subject = order.Subject,
        Payload = order.Payload,
        PayloadHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(order.Payload))),
        IdempotencyKey = order.IdempotencyKey,
        OrderingKey = order.OrderingKey,
        CorrelationId = order.CorrelationId,
        ReplacesId = order.ReplacesId,
        SupersededBy = order.SupersededBy,
        Status = order.SupersededBy is null ? DeliveryStatus.Pending : DeliveryStatus.Cancelled,
        LastError = order.SupersededBy is null ? null : Superseded,
        SearchReference = order.Search.Reference,
        SearchName = order.Search.Name,
        SearchPdl = order.Search.Pdl,
        SearchEmail = order.Search.Email,
        SearchExternalId = order.Search.ExternalId,
        NextAttemptAt = now,
        CreatedAt = now,
        StatusAt = now,
    };
}

/// <summary>What a router asks to be delivered.</summary>
/// <param name="IsOnce">Left out when the destination already has a delivery under the same idempotency key and purpose.</param>
/// <param name="Revision">Of the dossier it sends; 0 for what has no revisions.</param>
/// <param name="SupersededBy">Dossier of a newer revision that the destination has a delivery of.</param>
public sealed record DeliveryOrder(
    Guid IntegrationId, long EventId, string Purpose, string Topic, Guid Subject, string Payload,
    string IdempotencyKey, string OrderingKey, string CorrelationId, DeliverySearch Search, long? ReplacesId = null, bool IsOnce = false,
    int Revision = 0, Guid? SupersededBy = null);

/// <summary>What a delivery is found by; names and addresses folded to plain lower case.</summary>
public sealed record DeliverySearch(string? Reference, string? Name, string? Pdl, string? Email, string? ExternalId);
