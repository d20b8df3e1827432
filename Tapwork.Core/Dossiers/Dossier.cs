using Tapwork.Core.Interventions;

namespace Tapwork.Core.Dossiers;

/// <summary>The immutable snapshot of a finished intervention that is sent out. A correction is a new revision, never an edit.</summary>
public sealed class Dossier : Entity
{
    private Dossier() { }

    public Guid InterventionId { get; private set; }
    public Guid CompanyId { get; private set; }

    /// <summary>1 for the first, counted per intervention.</summary>
    public int Revision { get; private set; }

    /// <summary>The dossier this one takes the place of.</summary>
    public Guid? Replaces { get; private set; }

    /// <summary>How partners know it: the dossier's id and revision, <c>{guid}-r2</c>.</summary>
    public string ExternalId { get; private set; } = "";

    /// <summary>JSON of <see cref="DossierContent"/>.</summary>
    public string Content { get; private set; } = "";

    /// <summary>SHA-256 of the content.</summary>
    public string Hash { get; private set; } = "";

    public DossierState State { get; private set; }

    /// <summary>Sending was given up (dead) or is in doubt (uncertain), and waits for a person.</summary>
    public bool IsStalled { get; private set; }

    /// <summary>Id given by Symphonics when it accepted.</summary>
    public string? PartnerId { get; private set; }

    /// <summary>Why it was refused or rejected, in the partner's words.</summary>
    public string? Reason { get; private set; }

    /// <summary>What the partner said of single fields, by the intervention's field names.</summary>
    public IReadOnlyList<FieldError> FieldErrors { get; private set; } = [];

    /// <summary>Last status the partner told by webhook, as it named it.</summary>
    public string? PartnerStatus { get; private set; }

    /// <summary>The partner's own time of that status; an older update is ignored.</summary>
    public DateTimeOffset? PartnerStatusAt { get; private set; }

    /// <summary>The status before it, where the partner named it; orders two verdicts of one second.</summary>
    public string? PartnerPreviousStatus { get; private set; }

    /// <summary>The partner's own time of the verdict that decided the state; a later review leaves both.</summary>
    public DateTimeOffset? VerdictAt { get; private set; }

    /// <summary>The status before that verdict, where the partner named it.</summary>
    public string? VerdictPreviousStatus { get; private set; }

    /// <summary>Last status each other partner told, as it named it, by the integration's code; see its delivery for the rest.</summary>
    public IReadOnlyDictionary<string, string> AtPartners { get; private set; } = new Dictionary<string, string>();

    public DateTimeOffset PreparedAt { get; private set; }
    public DateTimeOffset StateAt { get; private set; }

    public static Dossier Prepare(Intervention intervention, DossierContent content, Guid? replaces, DateTimeOffset now)
    {
        var json = content.ToJson();
        var dossier = new Dossier
        {
            InterventionId = intervention.Id,
            CompanyId = intervention.CompanyId,
            Revision = intervention.DossierRevision + 1,
            Replaces = replaces,
            Content = json,
            Hash = DossierContent.HashOf(json),
            State = DossierState.Sending,
            PreparedAt = now,
            StateAt = now,
        };
        dossier.ExternalId = $"{dossier.Id}-r{dossier.Revision}";
        dossier.Raise(new DossierPrepared(dossier.Id, intervention.Id, dossier.Revision));
        return dossier;
    }

    /// <summary>The partner has it. News by webhook may have come first: they stand.</summary>
    public void Accept(string? partnerId, DateTimeOffset now)
    {
        PartnerId ??= partnerId;
        if (State is DossierState.Preparing or DossierState.Sending or DossierState.Refused)
            Become(DossierState.Accepted, now, new DossierAccepted(Id, InterventionId));
    }

    /// <summary>The partner will not take it as it is.</summary>
    public void Refuse(string reason, IReadOnlyList<FieldError> fields, DateTimeOffset now)
    {
        if (State is not (DossierState.Preparing or DossierState.Sending))
            return;
        (Reason, FieldErrors) = (reason, fields);
        Become(DossierState.Refused, now, new DossierRefused(Id, InterventionId));
    }

    /// <summary>Sending was given up or is in doubt: it no longer holds the intervention, a person decides.</summary>
    public void Stall(DateTimeOffset now)
    {
        if (State != DossierState.Sending || IsStalled)
            return;
        (IsStalled, StateAt) = (true, now);
        Raise(new DossierStalled(Id, InterventionId));
    }

    /// <summary>It is on its way again, after a person's replay.</summary>
    public void Resume(DateTimeOffset now)
    {
        if (IsStalled || State == DossierState.Refused)
            Become(DossierState.Sending, now, new DossierResumed(Id, InterventionId));
    }

    /// <summary>
    /// An update by webhook. The status, its moment, the state and the reason follow from the set of updates, in whichever order they arrive: the status is that of the
    /// one that supersedes all others, the state and the reason are those of the verdict that supersedes all other verdicts. A status this does not know is kept and shown.
    /// </summary>
    /// <returns>Whether it was applied.</returns>
    public bool Hear(PartnerStatusUpdate update, string? notes, DateTimeOffset now)
    {
        var isLatest = update.Supersedes(PartnerStatus is null ? null : new PartnerStatusUpdate(PartnerStatus, PartnerStatusAt!.Value, PartnerPreviousStatus));
        var verdict = Verdict();
        var isDeciding = update.IsVerdict && Decides(update, notes, verdict);
        if (isLatest)
        {
            // A verdict that an earlier version noted has no moment of its own, and must not follow a later review.
            (VerdictAt, VerdictPreviousStatus) = (verdict?.At, verdict?.Previous);
            (PartnerStatus, PartnerStatusAt, PartnerPreviousStatus) = (update.Status, update.At, update.Previous);
        }
        if (isDeciding)
            Decide(update, notes, now);
        else if (isLatest)
            Raise(new DossierStatusHeard(Id, InterventionId, update.Status));
        return isLatest || isDeciding;
    }

    // Two that are alike in all but their words: the words decide, so that the order of arrival does not.
    private bool Decides(PartnerStatusUpdate update, string? notes, PartnerStatusUpdate? verdict) => update.CompareTo(verdict) switch
    {
        0 => string.CompareOrdinal(notes, Reason) >= 0,
        var order => order > 0,
    };

    // One that an earlier version noted has no moment of its own: it is as late as the last status.
    private PartnerStatusUpdate? Verdict() => State switch
    {
        DossierState.Approved or DossierState.Rejected => new PartnerStatusUpdate(
            State == DossierState.Approved ? PartnerStatusUpdate.Approved : PartnerStatusUpdate.Rejected,
            VerdictAt ?? PartnerStatusAt ?? StateAt, VerdictAt is null ? PartnerPreviousStatus : VerdictPreviousStatus),
        _ => null,
    };

    private void Decide(PartnerStatusUpdate update, string? notes, DateTimeOffset now)
    {
        var (state, happened) = update.Status == PartnerStatusUpdate.Approved
            ? (DossierState.Approved, (DomainEvent)new DossierApproved(Id, InterventionId)) : (DossierState.Rejected, new DossierRejected(Id, InterventionId));
        if (State == state)
            Raise(new DossierStatusHeard(Id, InterventionId, update.Status));
        else
            Become(state, now, happened);
        (VerdictAt, VerdictPreviousStatus) = (update.At, update.Previous);
        // What a refusal before it said of single fields is no part of the verdict.
        (Reason, FieldErrors) = (state == DossierState.Rejected ? notes : null, []);
    }

    /// <summary>News of a partner other than Symphonics, which alone decides the dossier's own state.</summary>
    /// <param name="code">Of the partner's integration.</param>
    public void HearPartner(string code, string partner, string status)
    {
        AtPartners = new SortedDictionary<string, string>(AtPartners.ToDictionary(), StringComparer.Ordinal) { [code] = status };
        Raise(new DossierPartnerHeard(Id, InterventionId, partner, status));
    }

    private void Become(DossierState state, DateTimeOffset now, DomainEvent happened)
    {
        (State, StateAt, IsStalled) = (state, now, false);
        if (state is DossierState.Accepted or DossierState.Approved or DossierState.Sending)
            (Reason, FieldErrors) = (null, []);
        Raise(happened);
    }
}

/// <param name="Field">Property name of the intervention (<c>Pdl</c>, <c>Email</c> …), or the partner's own path where no field of ours answers to it.</param>
public sealed record FieldError(string Field, string Message);
