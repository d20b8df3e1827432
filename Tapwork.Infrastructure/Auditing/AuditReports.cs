using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// Reports bear no signature: the entry of the trail that tells of one does. A report without it, or of another moment or outcome than it says, was not written here,
/// and is not looked at.
/// </summary>
internal static class AuditReports
{
    /// <summary>Audit actions of a verification that found the trail whole, or broken.</summary>
    public const string Whole = "audit.found_whole", Broken = "audit.found_broken";

    // More that are forged are findings by themselves.
    private const int MaxLooks = 50;

    public static AuditReport KeepReport(this TapworkDbContext db, AuditReport report)
    {
        db.Tell(report.Found == 0 ? Whole : Broken, nameof(AuditReport), report.Id, report.At,
            new() { [nameof(AuditReport.Found)] = [null, report.Found], [nameof(AuditReport.Sequence)] = [null, report.Sequence] });
        return db.AuditReports.Add(report).Entity;
    }

    /// <summary>The latest authentic one; null when there is none.</summary>
    public static async Task<AuditReport?> LatestReportAsync(this TapworkDbContext db, AuditKeys keys, CancellationToken cancel)
    {
        var told = db.AuditEntries.AsNoTracking().Where(e => e.RecordType == nameof(AuditReport) && (e.Action == Whole || e.Action == Broken)).OrderByDescending(e => e.At).ThenByDescending(e => e.Id);
        // Each by its own index.
        var entries = (await told.Where(e => e.Sequence == null).Take(MaxLooks).ToListAsync(cancel)).Concat(await told.Where(e => e.Sequence != null).Take(MaxLooks).ToListAsync(cancel));
        foreach (var entry in entries.OrderByDescending(e => e.At).ThenByDescending(e => e.Id).Where(e => AuditChain.IsAsWritten(e.At) && keys.HasAuthenticated(e)))
            if (Guid.TryParse(entry.RecordId, out var id) && await db.AuditReports.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, cancel) is { } report && Tells(entry, report))
                return report;
        return null;
    }

    private static bool Tells(AuditEntry entry, AuditReport report)
    {
        var values = AuditChanges.ValuesOf(entry.Changes).ToDictionary(v => v.Field, v => v.New);
        return entry.Action == (report.Found == 0 ? Whole : Broken) && entry.At == AuditChain.Kept(report.At)
            && NumberOf(values, nameof(AuditReport.Found)) == report.Found && NumberOf(values, nameof(AuditReport.Sequence)) == report.Sequence;
    }

    private static long? NumberOf(Dictionary<string, JsonElement> values, string field) =>
        values.TryGetValue(field, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;
}
