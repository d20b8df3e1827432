namespace Tapwork.Core.Integrations;

/// <summary>That an administrator allows a partner to be given dossiers, which parts of them, and until when. Without one no dossier goes out.</summary>
public sealed class Authorisation : Entity
{
    private Authorisation() { }

    public Guid IntegrationId { get; private set; }
    public IReadOnlyList<DossierPart> Shares { get; private set; } = [];

    /// <summary>What it rests on: contract, consent, its reference.</summary>
    public string Ground { get; private set; } = "";

    public DateTimeOffset GrantedAt { get; private set; }
    public Guid? GrantedBy { get; private set; }

    /// <summary>Last day (Paris), with it; null for no end.</summary>
    public DateOnly? Until { get; private set; }

    public DateTimeOffset? RevokedAt { get; private set; }

    /// <exception cref="RuleViolation"><c>field.required</c>, <c>field.too_long</c>, <c>authorisation.ended_already</c></exception>
    public static Authorisation Grant(Guid integrationId, IReadOnlyList<DossierPart> shares, string ground, DateOnly? until, Guid? by, DateTimeOffset now)
    {
        var broken = new List<Violation>();
        var why = Field.Required(ground, nameof(Ground), 500, broken);
        if (until < Paris.DayOf(now))
            broken.Add(new Violation("authorisation.ended_already", nameof(Until)));
        RuleViolation.ThrowIfAny(broken);
        var authorisation = new Authorisation
        {
            IntegrationId = integrationId,
            Shares = [.. shares.Distinct().Order()],
            Ground = why,
            GrantedAt = now,
            GrantedBy = by,
            Until = until,
        };
        authorisation.Raise(new AuthorisationGranted(integrationId));
        return authorisation;
    }

    public bool IsInForce(DateTimeOffset now) => RevokedAt is null && !(Until < Paris.DayOf(now));

    public void Revoke(DateTimeOffset now)
    {
        if (RevokedAt is not null)
            throw new RuleViolation("authorisation.revoked_already");
        RevokedAt = now;
        Raise(new AuthorisationRevoked(IntegrationId));
    }
}
