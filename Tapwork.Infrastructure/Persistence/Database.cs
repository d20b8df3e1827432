using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Monitoring;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>Opens a context for one operation of one actor, and runs writes as one transaction.</summary>
public sealed class Database(DatabaseSettings settings, DatabaseOptions options, WriteGate gate, CommitSignal committed)
{
    private static readonly AsyncLocal<OpenWrite?> Writing = new();

    private long _settingsChanges;

    public DatabaseProvider Provider => settings.Provider;

    /// <summary>Counts the commits of this process after which an integration, or whether its destination is closed, has to be read anew.</summary>
    internal long SettingsChanges => Volatile.Read(ref _settingsChanges);

    /// <summary>Whose write the calling code runs in; null outside of <see cref="WriteAsync{T}"/>.</summary>
    internal static TapworkDbContext? WritingNow => Writing.Value?.Db;

    /// <summary>For reading. Writes go through <see cref="WriteAsync{T}"/>.</summary>
    public TapworkDbContext Open(Actor actor)
    {
        TapworkDbContext db = options.For(settings) switch
        {
            DbContextOptions<SqliteTapworkDbContext> sqlite => new SqliteTapworkDbContext(sqlite),
            DbContextOptions<SqlServerTapworkDbContext> sqlServer => new SqlServerTapworkDbContext(sqlServer),
            DbContextOptions<PostgreSqlTapworkDbContext> postgreSql => new PostgreSqlTapworkDbContext(postgreSql),
            _ => throw new InvalidOperationException($"no context for {settings.Provider}"),
        };
        db.Actor = actor;
        db.ChangeTracker.AutoDetectChangesEnabled = false;
        // A save that fails ends its transaction: nobody goes back to where it began, and SQLite would copy every page it touches for that.
        db.Database.AutoSavepointsEnabled = false;
        return db;
    }

    /// <summary>Loads, calls and saves in one short transaction: all of it is committed, events and audit entries included, or nothing.</summary>
    /// <exception cref="InvalidOperationException">Called inside itself: the inner transaction would wait for the outer one.</exception>
    public async Task<T> WriteAsync<T>(Actor actor, Func<TapworkDbContext, Task<T>> work, CancellationToken cancel)
    {
        if (Writing.Value?.Database == this)
            throw OneWriteAtATime.Broken();
        using var span = actor.IsSystem ? null : Telemetry.Begin("act", actor.CorrelationId);
        // Made before the turn is taken: whatever is done within it makes the others wait.
        await using var db = Open(actor);
        using var turn = Provider == DatabaseProvider.Sqlite ? await gate.EnterAsync(!actor.IsSystem, cancel) : null;
        // Ends with this method; what the work calls sees it.
        Writing.Value = new OpenWrite(this, db);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        var result = await work(db);
        var saved = await db.SaveChangesAsync(cancel);
        await CommitAsync(db, transaction, cancel);
        if (saved > 0 || db.HasAppended)
            committed.Set();
        return result;
    }

    public Task WriteAsync(Actor actor, Func<TapworkDbContext, Task> work, CancellationToken cancel) =>
        WriteAsync(actor, async db => { await work(db); return true; }, cancel);

    // A commit whose answer was lost may have happened.
    private async Task CommitAsync(TapworkDbContext db, IDbContextTransaction transaction, CancellationToken cancel)
    {
        try
        {
            await transaction.CommitAsync(cancel);
        }
        finally
        {
            if (db.HasChangedSettings)
                Interlocked.Increment(ref _settingsChanges);
        }
    }

    private sealed record OpenWrite(Database Database, TapworkDbContext Db);
}
