using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// Begins the heads file anew at the chain's end, for an administrator who knows why it is missing, short or ahead of a restored database. What it lost stays
/// lost: the former file is set aside, and an entry tells where the new one begins.
/// </summary>
public sealed class AuditAnchoring(Database database, AuditHeadsFile outside)
{
    /// <summary>Told of each time; without it, heads before the file's first count as lost.</summary>
    public const string Action = "audit.heads_anchored";

    private const string SequenceField = "Sequence";

    /// <param name="cause">Who asked for it, and by what.</param>
    /// <param name="findings">How many the verification had before.</param>
    /// <param name="now">When.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The sequence that the file begins with, the last one of the former file, and where that is now.</returns>
    public Task<(long Sequence, long? Former, string? SetAside)> AnchorAsync(string cause, long findings, DateTimeOffset now, CancellationToken cancel) =>
        database.WriteAsync(Actor.System(cause), async db =>
        {
            await AuditHead.LockAsync(db, cancel);
            var end = await db.AuditHeads.AsNoTracking().OrderByDescending(h => h.Sequence).FirstAsync(cancel);
            var (former, setAside) = await outside.AnchorAsync(end, cancel);
            db.Tell(Action, nameof(AuditHead), end.Sequence, now, new()
            {
                [SequenceField] = [former, end.Sequence],
                ["SetAside"] = [null, Path.GetFileName(setAside)],
                ["Findings"] = [null, findings],
            });
            return (end.Sequence, former, setAside);
        }, cancel);

    /// <summary>Where the file begins, by an authentic entry; null when it says nothing of that.</summary>
    internal static long? SequenceOf(AuditEntry entry) =>
        entry.Action == Action && AuditChanges.ValuesOf(entry.Changes).FirstOrDefault(v => v.Field == SequenceField)?.New is { ValueKind: JsonValueKind.Number } place ? place.GetInt64() : null;
}
