using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>
/// Measures every minute how far this machine's clock is from the database's. Leases are moments of these clocks: one that is ahead takes over what another
/// is still sending. SQLite has no clock of its own, and one process beside it.
/// </summary>
public sealed class ClockSkewMonitor(Database database, DeliverySettings settings, TimeProvider clock, ILogger<ClockSkewMonitor> logger)
    : WorkLoop(new Signal(), TimeSpan.FromMinutes(1), clock, logger)
{
    /// <summary>A machine that has not measured for so long is no longer one of the instances.</summary>
    public static readonly TimeSpan Lately = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Retention = TimeSpan.FromDays(1);
    private readonly ILogger _logger = logger;

    /// <summary>The machine; its instances share a clock.</summary>
    public string Machine { get; init; } = Environment.MachineName;

    /// <summary>As measured last; above zero when this machine's clock is ahead.</summary>
    public TimeSpan Skew { get; private set; }

    /// <summary>Whether the skew is above a quarter of the margin of leases.</summary>
    public bool IsExcessive => Skew.Duration() > settings.LeaseMargin / 4;

    /// <summary>Compares the clocks and keeps the result for all instances.</summary>
    public async Task MeasureAsync(CancellationToken cancel)
    {
        if (database.Provider == DatabaseProvider.Sqlite)
            return;
        (Skew, var at) = await CompareAsync(cancel);
        if (IsExcessive)
            _logger.LogWarning("the clock of {Machine} is {Skew} s off the database's: leases of {Margin} s margin are not safe", Machine, Skew.TotalSeconds, settings.LeaseMargin.TotalSeconds);
        try
        {
            await database.WriteAsync(Actor.System("clock"), db => KeepAsync(db, at, cancel), cancel);
        }
        catch (DbUpdateException e) when (!DatabaseWeather.IsPassing(e))
        {
            // Another instance on this machine made the row in the same moment.
        }
    }

    protected override async Task<bool> WorkAsync(CancellationToken cancel)
    {
        await MeasureAsync(cancel);
        return false;
    }

    // Half the way there and back may be on either side: only what is beyond it is sure.
    private async Task<(TimeSpan Skew, DateTimeOffset At)> CompareAsync(CancellationToken cancel)
    {
        await using var db = database.Open(Actor.System("clock"));
        await db.Database.OpenConnectionAsync(cancel);
        var before = Clock.GetUtcNow();
        var theirs = (await db.Database.SqlQueryRaw<DateTimeOffset>(Statements.Now(db.Provider)).ToListAsync(cancel))[0];
        var half = (Clock.GetUtcNow() - before) / 2;
        var skew = before + half - theirs;
        return (skew.Duration() <= half ? TimeSpan.Zero : skew - (half * Math.Sign(skew.Ticks)), theirs);
    }

    private async Task KeepAsync(TapworkDbContext db, DateTimeOffset at, CancellationToken cancel)
    {
        var before = at - Retention;
        await db.ClockReadings.Where(r => r.At < before).ExecuteDeleteAsync(cancel);
        var reading = await db.ClockReadings.SingleOrDefaultAsync(r => r.Machine == Machine, cancel) ?? db.ClockReadings.Add(new ClockReading { Machine = Machine }).Entity;
        reading.Take((long)Skew.TotalMilliseconds, (int)Math.Min(1_000, 100 * (Skew.Duration() / settings.LeaseMargin)), at);
    }
}

/// <summary>How far the clock of one machine is from the database's, as it measured last.</summary>
public sealed class ClockReading
{
    public required string Machine { get; init; }

    /// <summary>Above zero when the machine is ahead.</summary>
    public long SkewMilliseconds { get; private set; }

    /// <summary>The same in percent of the margin of leases, without sign; 1,000 at most.</summary>
    public int PercentOfMargin { get; private set; }

    /// <summary>By the database's clock.</summary>
    public DateTimeOffset At { get; private set; }

    public void Take(long skewMilliseconds, int percentOfMargin, DateTimeOffset at) => (SkewMilliseconds, PercentOfMargin, At) = (skewMilliseconds, percentOfMargin, at);
}

internal sealed class ClockReadingMapping : IEntityTypeConfiguration<ClockReading>
{
    public void Configure(EntityTypeBuilder<ClockReading> reading)
    {
        reading.IsOperational();
        reading.HasKey(r => r.Machine);
        reading.Property(r => r.Machine).IsOrdinal(100);
    }
}
