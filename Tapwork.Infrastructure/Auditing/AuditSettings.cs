namespace Tapwork.Infrastructure.Auditing;

/// <summary>What proves the trail lies outside the database, so that whoever can write the one cannot make up the other.</summary>
public sealed record AuditSettings
{
    public const string Section = "Audit";

    /// <summary>The keys, shared by all instances. Made at the first start except in Production, where the command <c>rotate-audit-key</c> makes it.</summary>
    public string KeyFile { get; init; } = "data/audit/keys.json";

    /// <summary>The signed heads of the chain, one JSON a line, appended to by all instances.</summary>
    public string HeadsFile { get; init; } = "data/audit/heads.jsonl";
}
