namespace Tapwork.Infrastructure.Auditing;

/// <summary>What one verification finds: the first are named, all are counted.</summary>
internal sealed class AuditFindings
{
    private readonly List<AuditFinding> _named = [];

    public long Count { get; private set; }

    public IReadOnlyList<AuditFinding> Named => _named;

    public void Add(AuditFault fault, long? sequence, AuditEntry? entry = null, long count = 1) =>
        Add(new AuditFinding(fault, sequence, entry?.Id, entry is null ? null : $"{entry.RecordType} {entry.RecordId}", entry?.At, count));

    public void Add(AuditFinding finding)
    {
        Count += finding.Count;
        if (_named.Count < AuditVerification.MostNamed)
            _named.Add(finding);
    }
}
