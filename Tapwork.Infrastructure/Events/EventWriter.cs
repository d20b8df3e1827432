using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Tapwork.Core;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Events;

/// <summary>Writes what the saved records raised as rows of the same transaction, and counts the version up.</summary>
internal sealed class EventWriter(RoutedTopics routed, TimeProvider clock) : SaveChangesInterceptor
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

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
            if (entry.State is EntityState.Modified or EntityState.Added && entry.Metadata.FindProperty(nameof(Entity.Version)) is { } version)
                entry.CurrentValues[version] = (long)entry.CurrentValues[version]! + 1;
            if (entry.Entity is EventSource source)
                foreach (var happened in source.TakeEvents())
                    db.Appended.Add(Record(happened, db, source, now));
        }
    }

    // How a webhook or a mail itself fared is told to nobody outside: the router need not look at it.
    private bool IsRouted(DomainEvent happened, EventSource source) =>
        routed.Names.Contains(happened.Topic) && (source is not Delivery delivery || Delivery.DossierPurposes.Contains(delivery.Purpose));

    private EventRecord Record(DomainEvent happened, TapworkDbContext db, EventSource source, DateTimeOffset now) => new()
    {
        Topic = happened.Topic,
        Subject = happened.Subject,
        Json = JsonSerializer.Serialize(happened, happened.GetType(), Json),
        ActorId = db.Actor.PersonId,
        CorrelationId = db.CorrelationOf(source),
        At = now,
        Deliveries = IsRouted(happened, source) ? null : 0,
        RoutingNote = IsRouted(happened, source) ? null : EventRecord.NotWanted,
    };
}
