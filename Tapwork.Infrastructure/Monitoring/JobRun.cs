using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
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
    /// <summary>The row of a job, made for one that has never run; another may make it in the same moment.</summary>
    public static async Task<JobRun> RunOfAsync(this TapworkDbContext db, string name, CancellationToken cancel)
    {
        if (await db.JobRuns.SingleOrDefaultAsync(r => r.Name == name, cancel) is { } known)
            return known;
        await AppendedRows.InsertIfMissingAsync(db, new JobRun { Name = name }, cancel);
        return await db.JobRuns.SingleAsync(r => r.Name == name, cancel);
    }
}
