using System.Text.Encodings.Web;
using System.Text.Json;
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
public sealed class AuditExport(Database database, AuditKeys keys, TimeProvider clock)
{
    private const int PageSize = 1000;

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    /// <param name="actor">Manager or Admin; that they exported it is an entry itself.</param>
    /// <param name="filter">What is shown; entries that are not sealed yet are not part of it.</param>
    /// <param name="to">Where to.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="RuleViolation"><c>audit.nothing_to_prove</c>: no sealed entry matches.</exception>
    public async Task WriteProofAsync(Actor actor, AuditFilter filter, Stream to, CancellationToken cancel)
    {
        actor.MustBe(Role.Manager, Role.Admin);
        var now = clock.GetUtcNow();
        await database.ActAsync(actor, now, db =>
        {
            db.Tell("audit.exported", nameof(AuditEntry), "trail", now, new() { ["Filter"] = [null, JsonSerializer.SerializeToElement(filter)] });
            return Task.CompletedTask;
        }, cancel);
        await using var db = database.Open(actor);
        var shown = db.AuditEntries.AsNoTracking().Matching(filter).Where(e => e.Sequence != null);
        var first = await shown.MinAsync(e => e.Sequence, cancel) ?? throw new RuleViolation("audit.nothing_to_prove");
        var last = await shown.MaxAsync(e => e.Sequence, cancel);
        var end = await db.AuditHeads.Where(h => h.Sequence >= last).MinAsync(h => h.Sequence, cancel);
        var before = first == 1 ? AuditChain.Origin : (await db.AuditEntries.Where(e => e.Sequence == first - 1).Select(e => e.Hash).SingleAsync(cancel))!;
        await using var json = new Utf8JsonWriter(to, Writing);
        json.WriteStartObject();
        json.WriteString("format", AuditChain.Format);
        json.WriteString("exportedAt", AuditChain.MomentOf(now));
        json.WriteStartObject("before");
        json.WriteNumber("sequence", first - 1);
        json.WriteBase64String("hash", before);
        json.WriteEndObject();
        await WriteHeadsAsync(json, db, first, end, cancel);
        json.WriteStartArray("entries");
        for (var at = first; at <= end; at += PageSize)
        {
            var until = Math.Min(at + PageSize - 1, end);
            var page = await db.AuditEntries.AsNoTracking().Where(e => e.Sequence >= at && e.Sequence <= until).OrderBy(e => e.Sequence).ToListAsync(cancel);
            var wanted = (await shown.Where(e => e.Sequence >= at && e.Sequence <= until).Select(e => e.Id).ToListAsync(cancel)).ToHashSet();
            foreach (var entry in page)
                Write(json, entry, wanted.Contains(entry.Id));
            await json.FlushAsync(cancel);
        }
        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(cancel);
    }

    private async Task WriteHeadsAsync(Utf8JsonWriter json, TapworkDbContext db, long first, long end, CancellationToken cancel)
    {
        var heads = await db.AuditHeads.AsNoTracking().Where(h => h.Sequence >= first && h.Sequence <= end).OrderBy(h => h.Sequence).ToListAsync(cancel);
        json.WriteStartArray("keys");
        foreach (var id in heads.Select(h => h.KeyId).Distinct())
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            if (keys.Find(id) is { } key)
                json.WriteBase64String("publicKey", key.PublicKey());
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("heads");
        foreach (var head in heads)
        {
            json.WriteStartObject();
            json.WriteNumber("sequence", head.Sequence);
            json.WriteBase64String("hash", head.Hash);
            json.WriteString("at", AuditChain.MomentOf(head.At));
            json.WriteString("keyId", head.KeyId);
            json.WriteBase64String("signature", head.Signature);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, AuditEntry entry, bool isShown)
    {
        json.WriteStartObject();
        json.WriteNumber("sequence", entry.Sequence!.Value);
        if (!isShown)
        {
            json.WriteBase64String("digest", AuditChain.DigestOf(entry));
            json.WriteEndObject();
            return;
        }
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
        json.WriteEndObject();
    }
}
