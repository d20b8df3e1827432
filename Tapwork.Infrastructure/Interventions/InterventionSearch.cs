using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Interventions;

/// <summary>The words an intervention is found by.</summary>
internal static class InterventionSearch
{
    private const string Kind = "intervention";

    public static IReadOnlyList<string> WordsOf(Intervention i) =>
        SearchToken.WordsOf(i.Reference, i.Reference.Replace("-", "", StringComparison.Ordinal), i.FirstName, i.LastName, i.PostalCode, i.City, i.Pdl, i.Pce, i.OperationCode, i.Email);

    /// <summary>Brings the words up to date, in the caller's transaction.</summary>
    public static async Task IndexAsync(TapworkDbContext db, Intervention intervention, CancellationToken cancel)
    {
        var words = WordsOf(intervention);
        var known = await db.SearchTokens.Where(t => t.Kind == Kind && t.RecordId == intervention.Id).ToListAsync(cancel);
        db.SearchTokens.RemoveRange(known.Where(t => !words.Contains(t.Token)));
        db.SearchTokens.AddRange(words.Except(known.Select(t => t.Token)).Select(w => new SearchToken { Kind = Kind, Token = w, RecordId = intervention.Id }));
    }

    /// <summary>Those in which each of the words begins one of theirs.</summary>
    public static IQueryable<Intervention> Matching(this IQueryable<Intervention> interventions, TapworkDbContext db, string? search)
    {
        foreach (var word in SearchToken.WordsOf(search))
        {
            var end = SearchToken.EndOf(word);
            interventions = interventions.Where(i => db.SearchTokens.Any(t =>
                t.Kind == Kind && t.RecordId == i.Id && t.Token.CompareTo(word) >= 0 && t.Token.CompareTo(end) < 0));
        }
        return interventions;
    }
}
