using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>What a sealed entry is found by: a word of its values, folded, or a field it tells of.</summary>
public sealed class AuditToken
{
    // No word bears it.
    private const string FieldMark = ".";

    /// <summary>A word, or the name of a field behind a dot.</summary>
    public required string Token { get; init; }

    /// <summary>When the entry was written: pages are read in this order.</summary>
    public required DateTimeOffset At { get; init; }

    public required long EntryId { get; init; }

    public static string OfField(string field) => FieldMark + field;

    /// <summary>The field alone, none whose name only begins so. The end is the first visible character: SQL Server compares as if blanks followed.</summary>
    public static (string From, string To) RangeOfField(string field) => (OfField(field), OfField(field) + '!');

    /// <summary>The words of a text, each once; an identifier is one word.</summary>
    public static IReadOnlyList<string> WordsOf(string? text) =>
        Guid.TryParse(text, out var id) ? [id.ToString("N")] : SearchToken.WordsOf(text);

    /// <summary>The fields an entry tells of, and the words of those values that everybody who sees the trail may read.</summary>
    internal static IEnumerable<string> Of(AuditEntry entry, AuditedFields fields)
    {
        foreach (var change in AuditChanges.ValuesOf(entry.Changes))
        {
            yield return OfField(change.Field);
            // What an erasure lists are commitments, no words.
            var isList = entry.Action == AuditErasure.Action && change.Field == AuditErasure.ListField;
            if (!isList && fields.ReaderOf(entry.RecordType, change.Field) is null)
                foreach (var word in change.Texts().SelectMany(WordsOf))
                    yield return word;
        }
    }

    /// <summary>Adds those of entries, in the caller's transaction.</summary>
    internal static Task AddAsync(TapworkDbContext db, IEnumerable<AuditEntry> entries, AuditedFields fields, CancellationToken cancel)
    {
        var tokens = entries.SelectMany(e => Of(e, fields).Distinct().Select(t => (object[])[t, e.Id])).OrderBy(t => (string)t[0], StringComparer.Ordinal).ToList();
        return tokens.Count == 0 ? Task.CompletedTask : db.Database.ExecuteSqlRawAsync(Statements.AddAuditTokens(db.Provider), [JsonSerializer.Serialize(tokens)], cancel);
    }

    /// <summary>Takes away those of entries, before their values go; in the caller's transaction.</summary>
    internal static async Task RemoveAsync(TapworkDbContext db, IReadOnlyList<long> entries, CancellationToken cancel)
    {
        foreach (var some in entries.Chunk(500))
            await db.AuditTokens.Where(t => some.Contains(t.EntryId)).ExecuteDeleteAsync(cancel);
    }
}

internal sealed class AuditTokenMapping : IEntityTypeConfiguration<AuditToken>
{
    public void Configure(EntityTypeBuilder<AuditToken> token)
    {
        token.IsOperational();
        token.HasKey(t => new { t.Token, t.At, t.EntryId });
        token.Property(t => t.Token).IsOrdinal(SearchToken.Length);
        token.HasIndex(t => new { t.EntryId, t.Token });
    }
}
