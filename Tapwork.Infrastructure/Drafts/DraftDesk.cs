using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Drafts;

/// <summary>Keeps what people type until they save it or throw it away; each sees their own only.</summary>
public sealed class DraftDesk(Database database, TimeProvider clock)
{
    /// <summary>Characters of JSON; a form that holds more is kept by the browser alone.</summary>
    public const int Largest = 64 * 1024;

    // Letters as they are: escaped, an accent would count six times.
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Keeps the latest; the one before is gone.</summary>
    /// <returns>When it was kept, or null when it was too large or nobody is signed in.</returns>
    public async Task<DateTimeOffset?> KeepAsync(Actor actor, string form, IReadOnlyDictionary<string, string> fields, CancellationToken cancel)
    {
        var json = JsonSerializer.Serialize(fields, Json);
        if (actor.PersonId is not { } person || json.Length > Largest)
            return null;
        var now = clock.GetUtcNow();
        await database.WriteAsync(actor, async db =>
        {
            // Another tab may keep its own in the same moment: the later one stays.
            if (await UpdateAsync(db) == 0 && !await AppendedRows.InsertIfMissingAsync(db, new Draft { PersonId = person, Form = form, Fields = json, SavedAt = now }, cancel))
                await UpdateAsync(db);
        }, cancel);
        return now;

        Task<int> UpdateAsync(TapworkDbContext db) =>
            Mine(db, person, form).ExecuteUpdateAsync(d => d.SetProperty(x => x.Fields, json).SetProperty(x => x.SavedAt, now), cancel);
    }

    /// <summary>What the actor left in the form, or null.</summary>
    public async Task<KeptDraft?> FindAsync(Actor actor, string form, CancellationToken cancel)
    {
        if (actor.PersonId is not { } person)
            return null;
        await using var db = database.Open(actor);
        var draft = await Mine(db, person, form).AsNoTracking().SingleOrDefaultAsync(cancel);
        return draft is null ? null : new KeptDraft(JsonSerializer.Deserialize<Dictionary<string, string>>(draft.Fields)!, draft.SavedAt);
    }

    /// <summary>Takes it away, once saved or thrown away.</summary>
    public async Task DropAsync(Actor actor, string form, CancellationToken cancel)
    {
        if (actor.PersonId is { } person)
            await database.WriteAsync(actor, db => Mine(db, person, form).ExecuteDeleteAsync(cancel), cancel);
    }

    private static IQueryable<Draft> Mine(TapworkDbContext db, Guid person, string form) => db.Drafts.Where(d => d.PersonId == person && d.Form == form);
}

/// <param name="Fields">Id of the field → text as typed.</param>
public sealed record KeptDraft(IReadOnlyDictionary<string, string> Fields, DateTimeOffset SavedAt);
