using System.Text.Json;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// Compares the values that are gone with those that erasures list. The list is in an authenticated entry that comes after what it erased, so nothing that
/// was erased later, in another field or in another entry is covered by it. A listed value that stands is no fault: it is authenticated by its commitment.
/// Holds the erased values whose erasure is still to come.
/// </summary>
internal sealed class ErasureCheck
{
    private readonly Dictionary<string, Gone> _gone = [];

    /// <summary>Of an authentic entry, in the order of the chain.</summary>
    public void Take(AuditEntry entry, IReadOnlyList<FieldCommitments> commitments)
    {
        if (commitments.Any(c => c.IsOldErased || c.IsNewErased))
            _gone.TryAdd(Convert.ToBase64String(entry.Mac), new Gone(entry, [.. commitments.SelectMany(ErasedOf)]));
        if (entry.Action == AuditErasure.Action && _gone.Count > 0)
            Cover(entry);
    }

    /// <summary>Entries with a value that no erasure lists.</summary>
    public IEnumerable<AuditEntry> Uncovered() => _gone.Values.Select(g => g.Entry);

    private void Cover(AuditEntry erasure)
    {
        var told = AuditChanges.ValuesOf(erasure.Changes);
        if (told.FirstOrDefault(v => v.Field == AuditErasure.ListField) is { } list)
            foreach (var (mac, value) in ErasedValues.Read(list.New))
                Cover(mac, [value]);
        else
            CoverUnlisted(erasure, told);
    }

    // Earlier versions wrote no list. Such an erasure took all values of its fields from the entries before it and told how many: there is nothing left in them that
    // could be erased under its cover, and if more are gone than it told, it covers none.
    private void CoverUnlisted(AuditEntry erasure, IReadOnlyList<FieldValues> told)
    {
        JsonElement? New(string field) => told.FirstOrDefault(v => v.Field == field)?.New;
        if (New(AuditErasure.CountField) is not { ValueKind: JsonValueKind.Number } number || !number.TryGetInt32(out var count))
            return;
        HashSet<string?>? fields = New(AuditErasure.FieldsField) switch
        {
            null or { ValueKind: JsonValueKind.Null } => null,
            { ValueKind: JsonValueKind.Array } names => [.. names.EnumerateArray().Select(n => n.ToString())],
            _ => [],
        };
        var covered = _gone.Where(g => g.Value.Entry.RecordType == erasure.RecordType && g.Value.Entry.RecordId == erasure.RecordId)
            .Select(g => (g.Key, Values: g.Value.Values.Where(v => fields is null || fields.Contains(v.Field)).ToList())).ToList();
        if (covered.Sum(c => c.Values.Count) <= count)
            foreach (var (mac, values) in covered)
                Cover(mac, values);
    }

    private void Cover(string mac, IEnumerable<ErasedValue> values)
    {
        if (!_gone.TryGetValue(mac, out var gone))
            return;
        gone.Values.ExceptWith(values);
        if (gone.Values.Count == 0)
            _gone.Remove(mac);
    }

    private static IEnumerable<ErasedValue> ErasedOf(FieldCommitments field)
    {
        if (field.IsOldErased)
            yield return new ErasedValue(field.Field, false, ErasedValues.TextOf(field.Old)!);
        if (field.IsNewErased)
            yield return new ErasedValue(field.Field, true, ErasedValues.TextOf(field.New)!);
    }

    private sealed record Gone(AuditEntry Entry, HashSet<ErasedValue> Values);
}
