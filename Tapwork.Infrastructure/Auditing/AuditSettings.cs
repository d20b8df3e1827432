namespace Tapwork.Infrastructure.Auditing;

/// <summary>What proves the trail lies outside the database, so that whoever can write the one cannot make up the other.</summary>
public sealed record AuditSettings
{
    public const string Section = "Audit";

    /// <summary>The keys, shared by all instances. Made at the first start except in Production, where the command <c>rotate-audit-key</c> makes it.</summary>
    public string KeyFile { get; init; } = "data/audit/keys.json";

    /// <summary>The signed heads of the chain, one JSON a line, appended to by all instances.</summary>
    public string HeadsFile { get; init; } = "data/audit/heads.jsonl";

    /// <summary>How long entries are kept.</summary>
    public AuditTerms Terms { get; init; } = new();
}

/// <summary>How many days entries of a class are kept; 0 for ever. After that their signed summary remains.</summary>
public sealed record AuditTerms
{
    private const int ErasureMarginDays = 31;

    /// <summary>Sign-ins, failed ones, lock-outs, views of sensitive documents: a year, as the CNIL recommends for logs of access.</summary>
    public int AccessDays { get; init; } = 365;

    /// <summary>Changes of records: ten years, as long as the accounts they lead to.</summary>
    public int ChangesDays { get; init; } = 3653;

    /// <summary>What people did that changed no record: ten years.</summary>
    public int ActsDays { get; init; } = 3653;

    internal int DaysOf(AuditClass kind) => kind switch
    {
        AuditClass.Access => AccessDays,
        AuditClass.Changes => ChangesDays,
        AuditClass.Acts => ActsDays,
        // Longer than whatever was erased: an entry whose erasure is gone would look as if other hands had erased it.
        _ => AccessDays > 0 && ChangesDays > 0 && ActsDays > 0 ? Math.Max(AccessDays, Math.Max(ChangesDays, ActsDays)) + ErasureMarginDays : 0,
    };
}
