using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>A word a record is found by, folded; a search for the beginning of words reads a range of these.</summary>
public sealed class SearchToken
{
    public const int Length = 60;

    /// <summary>Kind of record, e.g. <c>intervention</c>.</summary>
    public required string Kind { get; init; }

    public required string Token { get; init; }
    public required Guid RecordId { get; init; }

    /// <summary>The words of the texts, each once: case and accents folded, cut at letters and digits, at most 60 long.</summary>
    public static IReadOnlyList<string> WordsOf(params IEnumerable<string?> texts)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in texts)
            foreach (var word in Fold(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                words.Add(word.Length > Length ? word[..Length] : word);
        return [.. words];
    }

    /// <summary>Lower case without accents; everything that is neither letter nor digit becomes a blank.</summary>
    public static string Fold(string? text)
    {
        var folded = new StringBuilder();
        foreach (var c in (Field.Storable(text) ?? "").Normalize(NormalizationForm.FormKD))
            if (char.IsLetterOrDigit(c))
                folded.Append(char.ToLowerInvariant(c));
            else if (CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark)
                folded.Append(' ');
        return folded.ToString().Replace("œ", "oe", StringComparison.Ordinal).Replace("æ", "ae", StringComparison.Ordinal);
    }

    /// <summary>
    /// The end of the range of texts that begin with the prefix, which is not empty: by code point on PostgreSQL and SQLite, by UTF-16 unit on SQL Server. The last
    /// character that has a successor is raised and what follows it dropped, so that the end is valid text, and longer than the prefix in no database's blanks.
    /// </summary>
    public static string EndOf(string prefix)
    {
        var runes = prefix.EnumerateRunes().ToList();
        while (runes.Count > 0 && Successor(runes[^1]) is null)
            runes.RemoveAt(runes.Count - 1);
        return runes.Count == 0 ? AfterAll : string.Concat(runes.SkipLast(1).Append(Successor(runes[^1])!.Value));
    }

    // Begins with a noncharacter: after all that is ever written.
    private const string AfterAll = "\uFFFF\U0010FFFF";

    // What follows U+FFFF comes before it by UTF-16 unit.
    private static Rune? Successor(Rune rune) => rune.Value switch
    {
        0xFFFF or 0x10FFFF => null,
        0xD7FF => new Rune(0xE000),
        var value => new Rune(value + 1),
    };
}

internal sealed class SearchTokenMapping : IEntityTypeConfiguration<SearchToken>
{
    public void Configure(EntityTypeBuilder<SearchToken> token)
    {
        token.IsOperational();
        token.HasKey(t => new { t.Kind, t.Token, t.RecordId });
        token.Property(t => t.Kind).IsOrdinal(20);
        token.Property(t => t.Token).IsOrdinal(SearchToken.Length);
        token.HasIndex(t => t.RecordId);
    }
}
