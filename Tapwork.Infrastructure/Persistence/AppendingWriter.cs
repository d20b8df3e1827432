using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>The last to see a save: writes what the others have appended to it.</summary>
internal sealed class AppendingWriter : SaveChangesInterceptor
{
    public override async ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        var db = (TapworkDbContext)eventData.Context!;
        // Without a transaction the save makes one of its own, around itself only.
        if (db.Database.CurrentTransaction is null || db.Appended.Count < AppendedRows.LeastOf(db.Provider))
            return SavingChanges(eventData, result);
        await AppendedRows.InsertAsync(db, db.Appended, cancellationToken);
        db.HasAppended = true;
        db.Appended.Clear();
        return result;
    }

    public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        var db = (TapworkDbContext)eventData.Context!;
        db.AddRange(db.Appended);
        db.Appended.Clear();
        return result;
    }
}
