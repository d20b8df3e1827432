using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

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
        foreach (var c in (text ?? "").Normalize(NormalizationForm.FormKD))
            if (char.IsLetterOrDigit(c))
                folded.Append(char.ToLowerInvariant(c));
            else if (CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark)
                folded.Append(' ');
        return folded.ToString().Replace("œ", "oe", StringComparison.Ordinal).Replace("æ", "ae", StringComparison.Ordinal);
    }

    /// <summary>The first text that no longer begins with the prefix, in ordinal order.</summary>
    public static string EndOf(string prefix) => prefix[..^1] + (char)(prefix[^1] + 1);
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
