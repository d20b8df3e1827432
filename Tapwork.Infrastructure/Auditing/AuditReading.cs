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

    // Of entries that bear one of the tokens so many are looked at first, and then more at a time.
    private const int LookedAt = 250;

    // Where a column is asked for as well, so many are looked at before the trail is walked by the column.
    private const int MostLookedAt = 21 * LookedAt;

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
            .Take(filter.Tokens.Count > 0 ? MostLookedAt : most).ToListAsync(cancel);
        var sealed_ = await SealedAsync(db, filter, place, newer, most, cancel);
        var all = unsealed.Where(e => Bears(e, filter, fields)).Concat(sealed_).DistinctBy(e => e.Id);
        return [.. (newer ? all.OrderBy(e => e.At).ThenBy(e => e.Id) : all.OrderByDescending(e => e.At).ThenByDescending(e => e.Id)).Take(most)];
    }

    private static async Task<List<AuditEntry>> SealedAsync(TapworkDbContext db, AuditFilter filter, AuditPlace? place, bool newer, int most, CancellationToken cancel)
    {
        var entries = db.AuditEntries.AsNoTracking();
        if (filter.Tokens.Count > 0 && !filter.IsOfFew && await RarestAsync(db, filter.Tokens, cancel) is var (rarest, words)
            && await BearingAsync(db, rarest, words, filter, place, newer, most, cancel) is { } ids)
            return await entries.Where(e => EF.Parameter(ids).Contains(e.Id)).ToListAsync(cancel);
        return await Ordered(entries.Where(e => e.Sequence != null).Matching(filter).Bearing(db, filter.Tokens), place, newer).Take(most).ToListAsync(cancel);
    }

    // The one that the fewest entries bear, and its words; null when all have too many words.
    private static async Task<((string From, string To) Range, List<string> Words)?> RarestAsync(
        TapworkDbContext db, IReadOnlyList<(string From, string To)> tokens, CancellationToken cancel)
    {
        ((string, string), List<string>)? rarest = null;
        var fewest = int.MaxValue;
        foreach (var (from, to) in tokens)
        {
            var words = await db.Database.SqlQueryRaw<string>(Statements.AuditTokensFrom(db.Provider), from, to, MergedWords + 1).ToListAsync(cancel);
            if (words.Count > MergedWords)
                continue;
            var count = tokens.Count == 1 ? 0
                : await db.AuditTokens.Where(t => t.Token.CompareTo(from) >= 0 && t.Token.CompareTo(to) < 0).Take(Math.Min(fewest, MostLookedAt)).CountAsync(cancel);
            if (count < fewest)
                (rarest, fewest) = (((from, to), words), count);
        }
        return rarest;
    }

    // Those that bear any of the words and all else that is asked for; null when, among many that bear them, too few do.
    private static async Task<List<long>?> BearingAsync(
        TapworkDbContext db, (string From, string To) rarest, List<string> words, AuditFilter filter, AuditPlace? place, bool newer, int most, CancellationToken cancel)
    {
        var isOnly = filter.Tokens.Count == 1 && !filter.HasColumns;
        var (found, at, lookedAt) = (new List<long>(), place, 0);
        for (var some = isOnly ? most : LookedAt; found.Count < most; some *= 2)
        {
            if (filter.HasColumns && lookedAt >= MostLookedAt)
                return null;
            var (moment, id) = at is null ? (DateTimeOffset.MaxValue, long.MaxValue) : (at.At, at.Id);
            var ids = await db.Database.SqlQueryRaw<long>(
                Statements.AuditEntriesBearing(db.Provider, newer), JsonSerializer.Serialize(words), db.Moment(moment), id, some,
                db.Moment(filter.From ?? DateTimeOffset.MinValue), db.Moment(filter.Until ?? DateTimeOffset.MaxValue)).ToListAsync(cancel);
            found.AddRange(isOnly ? ids : await WantedAsync(db, ids, filter, filter.Tokens.Where(t => t != rarest), cancel));
            if (isOnly || ids.Count < some)
                break;
            lookedAt += some;
            var last = ids[^1];
            at = await db.AuditEntries.Where(e => e.Id == last).Select(e => new AuditPlace(e.At, e.Id)).SingleAsync(cancel);
        }
        return [.. found.Take(most)];
    }

    // In their order. Each is looked up by its id: asked for the columns as well, a database might rather read all that have those.
    private static async Task<List<long>> WantedAsync(
        TapworkDbContext db, List<long> ids, AuditFilter filter, IEnumerable<(string From, string To)> tokens, CancellationToken cancel)
    {
        foreach (var (from, to) in tokens)
        {
            var asked = ids;
            var bearing = await db.AuditTokens.Where(t => EF.Parameter(asked).Contains(t.EntryId) && t.Token.CompareTo(from) >= 0 && t.Token.CompareTo(to) < 0)
                .Select(t => t.EntryId).ToHashSetAsync(cancel);
            ids = [.. ids.Where(bearing.Contains)];
        }
        if (!filter.HasColumns || ids.Count == 0)
            return ids;
        var entries = await db.AuditEntries.AsNoTracking().Where(e => EF.Parameter(ids).Contains(e.Id)).ToListAsync(cancel);
        var wanted = entries.AsQueryable().Matching(filter).Select(e => e.Id).ToHashSet();
        return [.. ids.Where(wanted.Contains)];
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
