using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// Reads the entries next to a place of the trail, in the order of moment and id. The unsealed ones are few and looked through one by one; the sealed ones are
/// found by an index in this order, whichever filter is set, so that a page costs the same in a trail of any length.
/// </summary>
internal static class AuditReading
{
    // Up to so many different words are merged, each in the order of the trail; the beginning of more is so common that whoever walks the trail meets them soon.
    private const int MergedWords = 200;

    // So many entries are looked up one by one rather than waited for on a walk.
    private const int LookedUp = 3000;

    /// <param name="db">Where.</param>
    /// <param name="fields">By whose words the unsealed are found.</param>
    /// <param name="filter">What is wanted.</param>
    /// <param name="place">Beyond it; null for from the end.</param>
    /// <param name="newer">Whether those after the place are wanted, the nearest first.</param>
    /// <param name="most">How many.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<List<AuditEntry>> NextToAsync(
        TapworkDbContext db, AuditedFields fields, AuditFilter filter, AuditPlace? place, bool newer, int most, CancellationToken cancel)
    {
        // The unsealed first: what is sealed meanwhile is found twice rather than not at all.
        var unsealed = await Ordered(db.AuditEntries.AsNoTracking().Where(e => e.Sequence == null).Matching(filter), place, newer)
            .Take(filter.Tokens.Count > 0 ? LookedUp : most).ToListAsync(cancel);
        var sealed_ = await SealedAsync(db, filter, place, newer, most, cancel);
        var all = unsealed.Where(e => Bears(e, filter, fields)).Concat(sealed_).DistinctBy(e => e.Id);
        return [.. (newer ? all.OrderBy(e => e.At).ThenBy(e => e.Id) : all.OrderByDescending(e => e.At).ThenByDescending(e => e.Id)).Take(most)];
    }

    private static async Task<List<AuditEntry>> SealedAsync(TapworkDbContext db, AuditFilter filter, AuditPlace? place, bool newer, int most, CancellationToken cancel)
    {
        var entries = db.AuditEntries.AsNoTracking().Where(e => e.Sequence != null).Matching(filter);
        var tokens = filter.Tokens;
        if (tokens.Count > 0 && (await MergedAsync(db, filter, place, newer, most, cancel) ?? await LookedUpAsync(db, entries, tokens, place, newer, most, cancel)) is { } ids)
            return await db.AuditEntries.AsNoTracking().Where(e => EF.Parameter(ids).Contains(e.Id)).ToListAsync(cancel);
        return await Ordered(entries.Bearing(db, tokens), place, newer).Take(most).ToListAsync(cancel);
    }

    // Null when it is more than one search for a beginning of few words.
    private static async Task<List<long>?> MergedAsync(TapworkDbContext db, AuditFilter filter, AuditPlace? place, bool newer, int most, CancellationToken cancel)
    {
        if (filter.HasColumns || filter.Tokens is not [var (from, to)])
            return null;
        var words = await db.Database.SqlQueryRaw<string>(Statements.AuditTokensFrom(db.Provider), from, to, MergedWords + 1).ToListAsync(cancel);
        return words.Count <= MergedWords ? await BearingAsync(db, words, filter, place, newer, most, cancel) : null;
    }

    // Null when each token is borne by many.
    private static async Task<List<long>?> LookedUpAsync(
        TapworkDbContext db, IQueryable<AuditEntry> entries, IReadOnlyList<(string From, string To)> tokens, AuditPlace? place, bool newer, int most, CancellationToken cancel)
    {
        foreach (var (from, to) in tokens)
        {
            var ids = await db.AuditTokens.Where(t => t.Token.CompareTo(from) >= 0 && t.Token.CompareTo(to) < 0).Take(LookedUp + 1).Select(t => t.EntryId).ToListAsync(cancel);
            if (ids.Count > LookedUp)
                continue;
            // Sorted here: told how many are wanted, a database might rather walk the trail for them.
            var found = await Beyond(entries.Where(e => EF.Parameter(ids).Contains(e.Id)).Bearing(db, tokens.Where(t => t.From != from)), place, newer)
                .Select(e => new { e.At, e.Id }).ToListAsync(cancel);
            var nearest = newer ? found.OrderBy(e => e.At).ThenBy(e => e.Id) : found.OrderByDescending(e => e.At).ThenByDescending(e => e.Id);
            return [.. nearest.Take(most).Select(e => e.Id)];
        }
        return null;
    }

    private static async Task<List<long>> BearingAsync(
        TapworkDbContext db, List<string> words, AuditFilter filter, AuditPlace? place, bool newer, int most, CancellationToken cancel)
    {
        var (at, id) = place is null ? (DateTimeOffset.MaxValue, long.MaxValue) : (place.At, place.Id);
        return await db.Database.SqlQueryRaw<long>(
            Statements.AuditEntriesBearing(db.Provider, newer), JsonSerializer.Serialize(words), db.Moment(at), id, most,
            db.Moment(filter.From ?? DateTimeOffset.MinValue), db.Moment(filter.Until ?? DateTimeOffset.MaxValue)).ToListAsync(cancel);
    }

    private static IQueryable<AuditEntry> Ordered(IQueryable<AuditEntry> entries, AuditPlace? place, bool newer) =>
        newer ? Beyond(entries, place, newer).OrderBy(e => e.At).ThenBy(e => e.Id) : Beyond(entries, place, newer).OrderByDescending(e => e.At).ThenByDescending(e => e.Id);

    private static IQueryable<AuditEntry> Beyond(IQueryable<AuditEntry> entries, AuditPlace? place, bool newer) => place switch
    {
        null => entries,
        { At: var at, Id: var id } when newer => entries.Where(e => e.At >= at && (e.At > at || e.Id > id)),
        { At: var at, Id: var id } => entries.Where(e => e.At <= at && (e.At < at || e.Id < id)),
    };

    private static bool Bears(AuditEntry entry, AuditFilter filter, AuditedFields fields) =>
        filter.Tokens.All(range => AuditToken.Of(entry, fields).Any(t => string.CompareOrdinal(t, range.From) >= 0 && string.CompareOrdinal(t, range.To) < 0));
}
