using Tapwork.Core.Dossiers;

namespace Tapwork.Core.Deliveries;

/// <summary>What kind of fault it was, for figures and for what to do about it.</summary>
public enum FaultClass
{
    Authentication,
    Validation,
    Rate,
    System,
}

/// <summary>What a connector answers. It never decides about retries.</summary>
public abstract record DeliveryOutcome
{
    /// <summary>Characters of a partner's id that are kept.</summary>
    public const int LongestId = 100;

    /// <summary>Characters of a reason that are kept.</summary>
    public const int LongestReason = 2000;

    private DeliveryOutcome() { }

    /// <summary>The same in what every database can keep: see <see cref="Field.Storable"/>.</summary>
    public DeliveryOutcome Storable() => this is Accepted { ExternalId: { } id } accepted
        ? accepted with { ExternalId = Field.Storable(id, LongestId) }
        : WithReason(reason => Field.Storable(reason, LongestReason));

    /// <summary>The same with its reason in other words.</summary>
    public DeliveryOutcome WithReason(Func<string, string> change) => this switch
    {
        Refused refused => refused with { Reason = change(refused.Reason) },
        TryLater later => later with { Reason = change(later.Reason) },
        Misconfigured wrong => wrong with { Reason = change(wrong.Reason) },
        Uncertain uncertain => uncertain with { Reason = change(uncertain.Reason) },
        Gone gone => gone with { Reason = change(gone.Reason) },
        Withheld withheld => withheld with { Reason = change(withheld.Reason) },
        Pointless pointless => pointless with { Reason = change(pointless.Reason) },
        _ => this,
    };

    /// <param name="ExternalId">The partner's id of it, when it gave one.</param>
    public sealed record Accepted(string? ExternalId) : DeliveryOutcome;

    /// <summary>The content is wrong (400, 422).</summary>
    public sealed record Refused(string Reason, IReadOnlyList<FieldError> Fields) : DeliveryOutcome;

    /// <summary>Timeouts, 408, 425, 429, 5xx, cut connections, unreadable answers.</summary>
    /// <param name="After">How long the partner asked to wait.</param>
    /// <param name="MayHaveArrived">The request was (or may have been) written out before it failed.</param>
    public sealed record TryLater(string Reason, TimeSpan? After, FaultClass Class, bool MayHaveArrived) : DeliveryOutcome
    {
        /// <summary>The destination is given nothing at all until then: always where it asked for fewer calls, and where the connector knows that it needs a rest.</summary>
        public bool SlowsDown { get; init; } = Class == FaultClass.Rate;
    }

    /// <summary>The integration is set up wrong (credentials, address, TLS): holds it, uses no attempt.</summary>
    public sealed record Misconfigured(string Reason) : DeliveryOutcome
    {
        /// <summary>The far side may mean this delivery alone (a mail server's policy may concern one recipient or content). Once others got through, it is put aside.</summary>
        public bool MayConcernThisOneOnly { get; init; }
    }

    /// <summary>The far side answered, and neither takes nor refuses it: a conflict about which it names another record or none. A person decides.</summary>
    public sealed record Uncertain(string Reason) : DeliveryOutcome;

    /// <summary>The far side wants nothing more, ever (410): switches the integration off, uses no attempt.</summary>
    public sealed record Gone(string Reason) : DeliveryOutcome;

    /// <summary>It may not be given any more (an authorisation has ended since): nothing went out, the delivery waits for a person.</summary>
    public sealed record Withheld(string Reason) : DeliveryOutcome;

    /// <summary>There is no longer anything to send (a mail to an account that has ended): nothing went out, the delivery is cancelled.</summary>
    public sealed record Pointless(string Reason) : DeliveryOutcome;
}
