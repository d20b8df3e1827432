using System.Collections.Frozen;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>The fields of the audited records, and who may read which.</summary>
public sealed class AuditedFields
{
    private readonly FrozenDictionary<(string Record, string Field), Role> _readers;

    public AuditedFields(Database database)
    {
        using var db = database.Open(Actor.System("model"));
        var audited = db.Model.GetEntityTypes().Where(t => !t.IsOperational()).ToList();
        Records = [.. audited.Select(t => t.ClrType.Name).Order(StringComparer.Ordinal)];
        Names = [.. audited.SelectMany(t => t.GetProperties()).Where(AuditWriter.Tells).Select(p => p.Name).Distinct().Order(StringComparer.Ordinal)];
        _readers = audited.SelectMany(t => t.GetProperties()).Where(p => p.Reader() is not null)
            .ToFrozenDictionary(p => (p.DeclaringType.ClrType.Name, p.Name), p => p.Reader()!.Value);
    }

    /// <summary>Kinds of record, as entries bear them.</summary>
    public IReadOnlyList<string> Records { get; }

    /// <summary>Every field that entries may tell of.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The only role that reads a sensitive field; null where who sees the trail may.</summary>
    public Role? ReaderOf(string record, string field) => _readers.TryGetValue((record, field), out var role) ? role : null;

    /// <summary>Whether the actor may read it.</summary>
    public bool IsRead(Actor actor, string record, string field) => ReaderOf(record, field) is not { } role || actor.IsSystem || actor.Role == role;
}
