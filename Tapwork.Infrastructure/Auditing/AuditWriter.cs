using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Metadata;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>Writes the audit entries of a save inside its transaction: if they cannot be written, the change is not made.</summary>
internal sealed class AuditWriter(AuditKeys keys, TimeProvider clock) : SaveChangesInterceptor
{
    /// <summary>Stands for a value that is not told.</summary>
    internal const string Masked = "•••";

    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Write((TapworkDbContext)eventData.Context!);
        return ValueTask.FromResult(result);
    }

    public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        Write((TapworkDbContext)eventData.Context!);
        return result;
    }

    private void Write(TapworkDbContext db)
    {
        var now = clock.GetUtcNow();
        foreach (var entry in db.ChangeTracker.Entries())
        {
            if (entry.State is EntityState.Unchanged or EntityState.Detached || entry.Metadata.IsOperational())
                continue;
            var changes = ChangesOf(entry);
            if (changes.Count > 0 || entry.State == EntityState.Deleted)
                db.Appended.Add(db.Entry(entry, changes, now));
        }
        foreach (var entry in db.Appended.OfType<AuditEntry>())
            Authenticate(entry);
    }

    /// <summary>Whether entries tell of the property.</summary>
    internal static bool Tells(IReadOnlyProperty property) => !property.IsPrimaryKey() && property.Name != nameof(Core.Entity.Version);

    private void Authenticate(AuditEntry entry)
    {
        entry.KeyId = keys.Current.Id;
        entry.Mac = keys.Current.Authenticate(entry.Commitments is { } known ? AuditChain.MessageOf(entry, known) : AuditChain.MessageOf(entry));
    }

    private static Dictionary<string, object?[]> ChangesOf(EntityEntry entry)
    {
        var changes = new Dictionary<string, object?[]>();
        foreach (var property in entry.Properties)
        {
            if (!Tells(property.Metadata))
                continue;
            var (old, now) = entry.State switch
            {
                EntityState.Added => (null, Told(property.Metadata, property.CurrentValue)),
                EntityState.Deleted => (Told(property.Metadata, property.OriginalValue), null),
                _ when property.IsModified => (Told(property.Metadata, property.OriginalValue), Told(property.Metadata, property.CurrentValue)),
                _ => ((object?)null, (object?)null),
            };
            if (old is not null || now is not null)
                changes[property.Metadata.Name] = [old, now];
        }
        return changes;
    }

    private static object? Told(IReadOnlyProperty property, object? value) => value switch
    {
        null => null,
        _ when property.IsSecret() => Masked,
        string or bool or int or long or double => value,
        DateTimeOffset moment => moment.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("O", CultureInfo.InvariantCulture),
        Guid or Enum => value.ToString(),
        _ => JsonSerializer.SerializeToElement(value),
    };
}

/// <summary>Makes entries of a context's actor.</summary>
internal static class AuditTelling
{
    private const int LongestUserAgent = 400;

    public static AuditEntry Entry(this TapworkDbContext db, EntityEntry entry, Dictionary<string, object?[]> changes, DateTimeOffset now) =>
        db.Entry(
            entry.State switch { EntityState.Added => "created", EntityState.Deleted => "removed", _ => "changed" },
            entry.Metadata.ClrType.Name,
            string.Join('/', entry.Metadata.FindPrimaryKey()!.Properties.Select(p => entry.CurrentValues[p])),
            VersionOf(entry), changes, db.CorrelationOf(entry.Entity), now);

    /// <summary>Tells a person's act on an operational row.</summary>
    public static void Tell(this TapworkDbContext db, string action, string recordType, object recordId, DateTimeOffset now, Dictionary<string, object?[]>? changes = null) =>
        db.Appended.Add(db.Entry(action, recordType, recordId.ToString()!, version: null, changes ?? [], db.Actor.CorrelationId, now));

    // Events were written first and have counted it up; a removal counts once more.
    private static long? VersionOf(EntityEntry entry) => entry.Metadata.FindProperty(nameof(Core.Entity.Version)) is not { } version ? null
        : (long)entry.CurrentValues[version]! + (entry.State == EntityState.Deleted ? 1 : 0);

    private static AuditEntry Entry(
        this TapworkDbContext db, string action, string recordType, string recordId, long? version, Dictionary<string, object?[]> changes, string correlationId,
        DateTimeOffset now)
    {
        var written = AuditChanges.Write(changes);
        return new AuditEntry
        {
            At = AuditChain.Kept(now),
            ActorId = db.Actor.PersonId,
            ActorName = db.Actor.Name,
            Role = db.Actor.Role?.ToString(),
            Ip = db.Actor.Ip,
            UserAgent = db.Actor.UserAgent is { Length: > LongestUserAgent } long_ ? long_[..LongestUserAgent] : db.Actor.UserAgent,
            CorrelationId = correlationId,
            Cause = db.Actor.Cause,
            Action = action,
            RecordType = recordType,
            RecordId = recordId,
            RecordVersion = version,
            Changes = written.Json,
            Salts = written.Salts,
            Commitments = written.Commitments,
        };
    }
}
