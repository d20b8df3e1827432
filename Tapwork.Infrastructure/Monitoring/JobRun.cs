using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>When a recurring job last ran and how it went; what was missed while the application was down is seen from it.</summary>
public sealed class JobRun
{
    public required string Name { get; init; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary><c>ok</c>, or the error.</summary>
    public string? Outcome { get; set; }

    /// <summary>Since when it is expected to run: since it was first known, or was last let go on.</summary>
    public DateTimeOffset? DueFrom { get; set; }

    public bool IsPaused { get; set; }
}

internal sealed class JobRunMapping : IEntityTypeConfiguration<JobRun>
{
    public void Configure(EntityTypeBuilder<JobRun> run)
    {
        run.IsOperational();
        run.HasKey(r => r.Name);
        run.Property(r => r.Name).IsOrdinal(60);
    }
}

internal static class JobRunRows
{
    /// <summary>Writes what may make the row of a job that has never run. Another may make it in the same moment: then it is there, and the work is done once more.</summary>
    public static async Task<T> WriteRunsAsync<T>(this Database database, Actor actor, Func<TapworkDbContext, Task<T>> work, CancellationToken cancel)
    {
        try
        {
            return await database.WriteAsync(actor, work, cancel);
        }
        catch (DbUpdateException e) when (!DatabaseWeather.IsPassing(e) && e.Entries.Any(x => x.Entity is JobRun))
        {
            return await database.WriteAsync(actor, work, cancel);
        }
    }
}
