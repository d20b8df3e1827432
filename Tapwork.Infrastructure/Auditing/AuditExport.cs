using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CsvHelper;
using CsvHelper.Configuration;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// Writes the entries that a filter shows with what proves them to a third party: the stretch of the chain from the first of them to the signed head after
/// the last, the digests of the entries in between that are not shown, the heads and the public keys. The form stands in <c>docs/audit-proof.md</c>.
/// </summary>
public sealed class AuditExport(Database database, AuditTrail trail, AuditKeys keys, AuditedFields fields, TimeProvider clock)
{
    /// <summary>Of the CSV export. Moments are UTC to the microsecond; a value that is masked or erased stands as in the trail.</summary>
    public static readonly IReadOnlyList<string> CsvColumns =
    [
        "At", "Actor", "ActorId", "Role", "Ip", "UserAgent", "CorrelationId", "Cause", "Action", "RecordType", "RecordId", "Record", "Sequence", "Field", "Old", "New",
    ];

    private const int PageSize = 1000;
    private const int Pending = 65_536;

    private static readonly JsonSerializerOptions FilterJson = new()
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    /// <param name="actor">Manager or Admin; that they exported it is an entry itself.</param>
    /// <param name="filter">What is shown; entries that are not sealed yet are not part of it.</param>
    /// <param name="to">Where to.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="RuleViolation"><c>audit.nothing_to_prove</c>: no sealed and signed entry matches.</exception>
    public async Task WriteProofAsync(Actor actor, AuditFilter filter, Stream to, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await TellAsync(actor, filter, "proof", now, cancel);
        await using var db = database.Open(actor);
        var shown = Shown(db, filter).Where(e => e.Sequence != null);
        var first = await shown.MinAsync(e => e.Sequence, cancel) ?? throw new RuleViolation("audit.nothing_to_prove");
        var erasures = await ErasuresOfAsync(db, shown, cancel);
        var last = erasures.Append(await shown.MaxAsync(e => e.Sequence, cancel)).Max();
        var end = await db.AuditHeads.Where(h => h.Sequence >= last).MinAsync(h => (long?)h.Sequence, cancel) ?? throw new RuleViolation("audit.nothing_to_prove");
        var (start, before) = await BeforeAsync(db, first, cancel);
        var retired = new RetiredEntries(db);
        await using var json = new Utf8JsonWriter(to, Writing);
        json.WriteStartObject();
        json.WriteString("format", AuditChain.Format);
        json.WriteString("exportedAt", AuditChain.MomentOf(now));
        // Every value that is gone is named as withheld or listed by an erasure; earlier versions did neither.
        json.WriteBoolean("erasures", true);
        json.WriteStartObject("before");
        json.WriteNumber("sequence", start);
        json.WriteBase64String("hash", before);
        json.WriteEndObject();
        await WriteHeadsAsync(json, db, start + 1, end, cancel);
        json.WriteStartArray("entries");
        var next = start + 1;
        for (var at = next; at <= end; at += PageSize)
        {
            var until = Math.Min(at + PageSize - 1, end);
            var page = await db.AuditEntries.AsNoTracking().Where(e => e.Sequence >= at && e.Sequence <= until).OrderBy(e => e.Sequence).ToListAsync(cancel);
            var wanted = (await shown.Where(e => e.Sequence >= at && e.Sequence <= until).Select(e => e.Id).ToListAsync(cancel)).ToHashSet();
            foreach (var entry in page)
            {
                await WriteRetiredAsync(json, retired, next, entry.Sequence!.Value, cancel);
                var hidden = HiddenFrom(actor, entry);
                if ((wanted.Contains(entry.Id) || erasures.Contains(entry.Sequence)) && IsHidden(entry, hidden))
                    Write(json, entry, hidden);
                else
                    Write(json, entry.Sequence.Value, AuditChain.DigestOf(entry));
                next = entry.Sequence.Value + 1;
            }
            await json.FlushAsync(cancel);
        }
        await WriteRetiredAsync(json, retired, next, end + 1, cancel);
        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(cancel);
    }

    private static IQueryable<AuditEntry> Shown(TapworkDbContext db, AuditFilter filter) => db.AuditEntries.AsNoTracking().Matching(filter).Bearing(db, filter.Tokens);

    private Task TellAsync(Actor actor, AuditFilter filter, string form, DateTimeOffset now, CancellationToken cancel)
    {
        actor.MustBe(Role.Manager, Role.Admin);
        return database.ActAsync(actor, now, db =>
        {
            db.Tell("audit.exported", nameof(AuditEntry), "trail", now, new() { ["Form"] = [null, form], ["Filter"] = [null, JsonSerializer.SerializeToElement(filter, FilterJson)] });
            return Task.CompletedTask;
        }, cancel);
    }

    /// <summary>A line for each value that changed, with the columns of <see cref="CsvColumns"/>; UTF-8 with its mark, semicolons, as Excel in French opens it.</summary>
    /// <param name="actor">Manager or Admin; that they exported it is an entry itself.</param>
    /// <param name="filter">What is shown, unsealed entries too.</param>
    /// <param name="to">Where to.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task WriteCsvAsync(Actor actor, AuditFilter filter, Stream to, CancellationToken cancel)
    {
        await TellAsync(actor, filter, "csv", clock.GetUtcNow(), cancel);
        await using var text = new StreamWriter(to, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true);
        await using var csv = new CsvWriter(text, new CsvConfiguration(CultureInfo.InvariantCulture) { Delimiter = ";", InjectionOptions = InjectionOptions.Escape });
        foreach (var column in CsvColumns)
            csv.WriteField(column);
        await csv.NextRecordAsync();
        await foreach (var rows in trail.AllAsync(actor, filter, cancel))
        {
            foreach (var row in rows)
                foreach (var change in row.Changes.DefaultIfEmpty())
                {
                    foreach (var value in ValuesOf(row, change))
                        csv.WriteField(value);
                    await csv.NextRecordAsync();
                }
            await csv.FlushAsync();
        }
    }

    /// <summary>The rows of a document for people, the latest first; told like the others.</summary>
    /// <returns>At most so many, and whether there are more.</returns>
    public async Task<(IReadOnlyList<AuditRow> Rows, bool More)> ReadForPaperAsync(Actor actor, AuditFilter filter, int most, CancellationToken cancel)
    {
        await TellAsync(actor, filter, "pdf", clock.GetUtcNow(), cancel);
        var all = new List<AuditRow>();
        await foreach (var rows in trail.AllAsync(actor, filter, cancel))
        {
            all.AddRange(rows);
            if (all.Count > most)
                return (all[..most], true);
        }
        return (all, false);
    }

    private static IEnumerable<string?> ValuesOf(AuditRow row, FieldValues? change) =>
    [
        AuditChain.MomentOf(row.Entry.At), row.Entry.ActorName, row.Entry.ActorId?.ToString(), row.Entry.Role, row.Entry.Ip, row.Entry.UserAgent, row.Entry.CorrelationId, row.Entry.Cause,
        row.Entry.Action, row.Entry.RecordType, row.Entry.RecordId, row.RecordName, row.Entry.Sequence?.ToString(CultureInfo.InvariantCulture), change?.Field,
        TextOf(change?.Old), TextOf(change?.New),
    ];

    private static string? TextOf(JsonElement? value) => value is null or { ValueKind: JsonValueKind.Null } ? null : value.Value.ToString();

    // The nearest place before whose hash is known: an entry may have been retired, a head stays.
    private static async Task<(long Sequence, byte[] Hash)> BeforeAsync(TapworkDbContext db, long first, CancellationToken cancel)
    {
        var entry = await db.AuditEntries.Where(e => e.Sequence < first).OrderByDescending(e => e.Sequence).Select(e => new { Sequence = e.Sequence!.Value, Hash = e.Hash! }).FirstOrDefaultAsync(cancel);
        var head = await db.AuditHeads.Where(h => h.Sequence < first).OrderByDescending(h => h.Sequence).Select(h => new { h.Sequence, h.Hash }).FirstAsync(cancel);
        return entry?.Sequence > head.Sequence ? (entry.Sequence, entry.Hash) : (head.Sequence, head.Hash);
    }

    private static async Task WriteRetiredAsync(Utf8JsonWriter json, RetiredEntries retired, long from, long before, CancellationToken cancel)
    {
        if (from < before)
            await foreach (var place in retired.ReadAsync(from, before, cancel))
                Write(json, place.Sequence, place.Digest);
    }

    // An erased value is proved by the entry that lists it, so that belongs to the proof.
    private static async Task<HashSet<long?>> ErasuresOfAsync(TapworkDbContext db, IQueryable<AuditEntry> shown, CancellationToken cancel)
    {
        var erasures = await db.AuditEntries.Where(x => x.Action == AuditErasure.Action && shown.Any(e => e.RecordType == x.RecordType && e.RecordId == x.RecordId))
            .Select(x => x.Sequence).ToListAsync(cancel);
        return erasures.Contains(null) ? throw new RuleViolation("audit.erasure_unsealed") : [.. erasures];
    }

    private HashSet<string> HiddenFrom(Actor actor, AuditEntry entry) =>
        [.. AuditChanges.ValuesOf(entry.Changes).Select(c => c.Field).Where(f => !fields.IsRead(actor, entry.RecordType, f))];

    // What the reader may not read leaves as its commitment. Where somebody made that impossible, the whole entry does.
    private static bool IsHidden(AuditEntry entry, HashSet<string> hidden)
    {
        if (hidden.Count == 0)
            return true;
        try
        {
            (entry.Changes, entry.Salts, _) = AuditChanges.Erase(entry.Changes, entry.Salts, hidden);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private async Task WriteHeadsAsync(Utf8JsonWriter json, TapworkDbContext db, long first, long end, CancellationToken cancel)
    {
        var heads = db.AuditHeads.AsNoTracking().Where(h => h.Sequence >= first && h.Sequence <= end);
        json.WriteStartArray("keys");
        foreach (var id in await heads.Select(h => h.KeyId).Distinct().ToListAsync(cancel))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            if (keys.Find(id) is { } key)
                json.WriteBase64String("publicKey", key.PublicKey());
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("heads");
        await foreach (var head in heads.OrderBy(h => h.Sequence).AsAsyncEnumerable().WithCancellation(cancel))
        {
            json.WriteStartObject();
            json.WriteNumber("sequence", head.Sequence);
            json.WriteBase64String("hash", head.Hash);
            json.WriteString("at", AuditChain.MomentOf(head.At));
            json.WriteString("keyId", head.KeyId);
            json.WriteBase64String("signature", head.Signature);
            json.WriteEndObject();
            if (json.BytesPending > Pending)
                await json.FlushAsync(cancel);
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, long sequence, byte[] digest)
    {
        json.WriteStartObject();
        json.WriteNumber("sequence", sequence);
        json.WriteBase64String("digest", digest);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, AuditEntry entry, HashSet<string> hidden)
    {
        json.WriteStartObject();
        json.WriteNumber("sequence", entry.Sequence!.Value);
        json.WriteString("at", AuditChain.MomentOf(entry.At));
        json.WriteString("actorId", entry.ActorId?.ToString());
        json.WriteString("actorName", entry.ActorName);
        json.WriteString("role", entry.Role);
        json.WriteString("ip", entry.Ip);
        json.WriteString("userAgent", entry.UserAgent);
        json.WriteString("correlationId", entry.CorrelationId);
        json.WriteString("cause", entry.Cause);
        json.WriteString("action", entry.Action);
        json.WriteString("recordType", entry.RecordType);
        json.WriteString("recordId", entry.RecordId);
        if (entry.RecordVersion is { } version)
            json.WriteNumber("recordVersion", version);
        json.WriteString("keyId", entry.KeyId);
        json.WriteString("changes", entry.Changes);
        json.WriteBase64String("salts", entry.Salts);
        json.WriteBase64String("mac", entry.Mac);
        if (hidden.Count > 0)
        {
            json.WriteStartArray("withheld");
            foreach (var field in hidden)
                json.WriteStringValue(field);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}
