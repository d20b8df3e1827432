using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>
/// Refuses a save on a second connection while the same flow of calls has a transaction open: on SQLite it would wait for a lock that its own caller
/// holds (Data Protection, Identity's managers and the like save on contexts of their own). Such things are done before the transaction.
/// </summary>
internal sealed class OneWriteAtATime : SaveChangesInterceptor
{
    public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        Check(eventData);
        return result;
    }

    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Check(eventData);
        return ValueTask.FromResult(result);
    }

    public static InvalidOperationException Broken() =>
        new("a write inside Database.WriteAsync on another connection waits for its own caller: do it before the transaction");

    private static void Check(DbContextEventData eventData)
    {
        if (Database.WritingNow is { } writing && !ReferenceEquals(writing, eventData.Context))
            throw Broken();
    }
}
