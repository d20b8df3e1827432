using System.Text.Json;
using Tapwork.Infrastructure.Auditing;

namespace Tapwork.Web.Auditing;

/// <summary>What a record said at a moment, put together from the entries up to then.</summary>
internal sealed class RecordAt
{
    private readonly Dictionary<string, (JsonElement Value, AuditRow By)> _fields = [];

    private RecordAt() { }

    /// <summary>Whether it existed then, as far as entries tell.</summary>
    public bool Exists { get; private set; }

    public IEnumerable<string> Fields => _fields.Keys;

    /// <param name="rows">Of one record, the latest first.</param>
    /// <param name="moment">With what was written at it.</param>
    public static RecordAt Of(IEnumerable<AuditRow> rows, DateTimeOffset moment)
    {
        var record = new RecordAt();
        foreach (var row in rows.Reverse().Where(r => r.Entry.At <= moment && r.Entry.Action is "created" or "changed" or "removed"))
        {
            record.Exists = row.Entry.Action != "removed";
            if (!record.Exists)
                record._fields.Clear();
            foreach (var change in row.Changes.Where(_ => record.Exists))
                record._fields[change.Field] = (change.New, row);
        }
        return record;
    }

    /// <summary>The value and the entry that tells of it; null where it had none.</summary>
    public (JsonElement Value, AuditRow By)? this[string field] => _fields.TryGetValue(field, out var value) && value.Value.ValueKind != JsonValueKind.Null ? value : null;
}
