namespace Tapwork.Infrastructure.Auditing;

/// <summary>What may be wrong with a trail.</summary>
public enum AuditFault
{
    /// <summary>The entry says other than when it was written.</summary>
    Altered,

    /// <summary>There is none with this sequence any more.</summary>
    Removed,

    /// <summary>Written without the key.</summary>
    Inserted,

    /// <summary>A record has versions that no entry tells of: entries were removed, sealed or not, or the record was changed by other hands.</summary>
    Unrecorded,

    /// <summary>A true entry that stands a second time: the copy was inserted.</summary>
    Repeated,

    /// <summary>Values were erased that no erasure lists.</summary>
    ErasedUnseen,

    /// <summary>The chain was made anew from here on: entry and hash do not belong together, or the hash is not the one that was signed.</summary>
    Recomputed,

    /// <summary>Signed heads tell of entries after the last one.</summary>
    CutOff,

    /// <summary>Sealed entries after the last signed head.</summary>
    Unsigned,

    /// <summary>A head in the database whose signature is wrong.</summary>
    ForgedHead,

    /// <summary>A summary of retired entries whose signature is wrong: they were removed by other hands.</summary>
    ForgedSummary,

    /// <summary>A head outside the database whose signature is wrong.</summary>
    ForgedHeadOutside,

    /// <summary>The hash is not the one that was kept outside the database.</summary>
    NotAsKeptOutside,

    /// <summary>There is no file of heads outside the database, though entries are sealed.</summary>
    HeadsFileMissing,

    /// <summary>The file has lost signed heads, this one first.</summary>
    HeadsFileIncomplete,
}

public static class AuditFaults
{
    /// <summary>Whether it may be that the heads file was lost, or the database restored: what <see cref="AuditAnchoring"/> is for.</summary>
    public static bool IsOfHeadsFile(this AuditFault fault) => fault is AuditFault.HeadsFileMissing or AuditFault.HeadsFileIncomplete or AuditFault.NotAsKeptOutside
        or AuditFault.ForgedHeadOutside or AuditFault.CutOff;
}

/// <param name="Sequence">Place in the chain; null before sealing.</param>
/// <param name="EntryId">Null where there is no entry.</param>
/// <param name="Record">Kind and id.</param>
/// <param name="Count">Entries concerned, from this place on.</param>
public sealed record AuditFinding(AuditFault Fault, long? Sequence, long? EntryId, string? Record, DateTimeOffset? At, long Count);

/// <param name="Entries">Read.</param>
/// <param name="Sequence">The last one sealed.</param>
/// <param name="Found">Entries that something is wrong with, all counted.</param>
/// <param name="Findings">The first of them.</param>
public sealed record AuditVerdict(long Entries, long Sequence, long Found, IReadOnlyList<AuditFinding> Findings)
{
    public bool IsWhole => Found == 0;
}
