using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>Which entries are meant; what is null does not matter.</summary>
/// <param name="ActorId">Who did it.</param>
/// <param name="Role">In which somebody acted.</param>
/// <param name="RecordType">Kind of record, e.g. <c>Intervention</c>.</param>
/// <param name="RecordId">Its key, as entries bear it.</param>
/// <param name="Action">E.g. <c>changed</c>, <c>account.signed_in</c>.</param>
/// <param name="Ip">From where.</param>
/// <param name="CorrelationId">Of the act, which its deliveries bear as well.</param>
/// <param name="From">First moment.</param>
/// <param name="Until">The moment before which it was.</param>
/// <param name="Field">Name of a property whose value is told.</param>
/// <param name="Search">Beginnings of words of values, all of them; or one identifier.</param>
/// <param name="BySystem">What no person did.</param>
public sealed record AuditFilter(
    Guid? ActorId = null, Role? Role = null, string? RecordType = null, string? RecordId = null, string? Action = null, string? Ip = null,
    string? CorrelationId = null, DateTimeOffset? From = null, DateTimeOffset? Until = null, string? Field = null, string? Search = null, bool BySystem = false)
{
    /// <summary>Whether anything but the moments and the tokens restricts it.</summary>
    internal bool HasColumns => BySystem || (ActorId, Role, RecordType, RecordId, Action, Ip, CorrelationId) is not (null, null, null, null, null, null, null);

    /// <summary>Whether only few entries can be meant, whatever they say.</summary>
    internal bool IsOfFew => RecordId is not null || CorrelationId is not null;

    /// <summary>What an entry must be found by: ranges of tokens, the second text not included.</summary>
    internal IReadOnlyList<(string From, string To)> Tokens =>
        [.. AuditToken.WordsOf(Search).Select(word => (word, SearchToken.EndOf(word))), .. Field is null ? [] : new[] { AuditToken.RangeOfField(Field) }];
}

internal static class AuditFiltering
{
    /// <summary>By the entries' own columns.</summary>
    public static IQueryable<AuditEntry> Matching(this IQueryable<AuditEntry> entries, AuditFilter filter)
    {
        if (filter.ActorId is { } actor)
            entries = entries.Where(e => e.ActorId == actor);
        if (filter.BySystem)
            entries = entries.Where(e => e.Role == null && e.ActorId == null);
        if (filter.Role?.ToString() is { } role)
            entries = entries.Where(e => e.Role == role);
        if (filter.RecordType is { } type)
            entries = entries.Where(e => e.RecordType == type);
        if (filter.RecordId is { } record)
            entries = entries.Where(e => e.RecordId == record);
        if (filter.Action is { } action)
            entries = entries.Where(e => e.Action == action);
        if (filter.Ip is { } ip)
            entries = entries.Where(e => e.Ip == ip);
        if (filter.CorrelationId is { } correlation)
            entries = entries.Where(e => e.CorrelationId == correlation);
        if (filter.From is { } from)
            entries = entries.Where(e => e.At >= from);
        if (filter.Until is { } until)
            entries = entries.Where(e => e.At < until);
        return entries;
    }

    /// <summary>Sealed entries by what they are found by.</summary>
    public static IQueryable<AuditEntry> Bearing(this IQueryable<AuditEntry> entries, TapworkDbContext db, IEnumerable<(string From, string To)> tokens)
    {
        foreach (var (from, to) in tokens)
            entries = entries.Where(e => db.AuditTokens.Any(t => t.EntryId == e.Id && t.Token.CompareTo(from) >= 0 && t.Token.CompareTo(to) < 0));
        return entries;
    }
}
