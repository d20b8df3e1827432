using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Catalogue;
using Tapwork.Core.Companies;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Documents;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;
using Tapwork.Core.Monitoring;
using Tapwork.Core.Notifications;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Drafts;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Monitoring;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>The database, opened for one operation of one actor by <see cref="Database"/>.</summary>
public abstract class TapworkDbContext(DbContextOptions options)
    : IdentityUserContext<Login, Guid>(options), IDataProtectionKeyContext
{
    private Dictionary<EventSource, string>? _correlations;

    /// <summary>On whose behalf it was opened.</summary>
    public Actor Actor { get; internal set; } = Actor.System("unnamed");

    public DbSet<Person> People => Set<Person>();
    public DbSet<Company> Companies => Set<Company>();
    public DbSet<Operation> Operations => Set<Operation>();
    public DbSet<Intervention> Interventions => Set<Intervention>();
    public DbSet<Photo> Photos => Set<Photo>();
    public DbSet<SignedDocument> Documents => Set<SignedDocument>();
    public DbSet<Dossier> Dossiers => Set<Dossier>();
    public DbSet<Integration> Integrations => Set<Integration>();
    public DbSet<DestinationState> Destinations => Set<DestinationState>();
    public DbSet<Subscription> Subscriptions => Set<Subscription>();
    public DbSet<Authorisation> Authorisations => Set<Authorisation>();
    public DbSet<Withheld> Withheld => Set<Withheld>();
    public DbSet<Delivery> Deliveries => Set<Delivery>();
    public DbSet<DeliveryAttempt> Attempts => Set<DeliveryAttempt>();
    public DbSet<Notification> Notifications => Set<Notification>();
    public DbSet<InboundCall> InboundCalls => Set<InboundCall>();
    public DbSet<EventRecord> Events => Set<EventRecord>();
    public DbSet<EventCursor> Cursors => Set<EventCursor>();
    public DbSet<ParkedEvent> ParkedEvents => Set<ParkedEvent>();
    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();
    public DbSet<AuditHead> AuditHeads => Set<AuditHead>();
    public DbSet<AuditSummary> AuditSummaries => Set<AuditSummary>();
    public DbSet<SavedView> SavedViews => Set<SavedView>();
    public DbSet<AuditToken> AuditTokens => Set<AuditToken>();
    public DbSet<AuditReport> AuditReports => Set<AuditReport>();
    public DbSet<SearchToken> SearchTokens => Set<SearchToken>();
    public DbSet<NumberSequence> Sequences => Set<NumberSequence>();
    public DbSet<ReconciliationReport> Reconciliations => Set<ReconciliationReport>();
    public DbSet<JobRun> JobRuns => Set<JobRun>();
    public DbSet<CertificateSighting> CertificateSightings => Set<CertificateSighting>();
    public DbSet<ClockReading> ClockReadings => Set<ClockReading>();
    public DbSet<LogEntry> LogEntries => Set<LogEntry>();
    public DbSet<DeliveryHour> DeliveryHours => Set<DeliveryHour>();
    public DbSet<Incident> Incidents => Set<Incident>();
    public DbSet<AlertRule> AlertRules => Set<AlertRule>();
    public DbSet<CheckRetry> CheckRetries => Set<CheckRetry>();
    public DbSet<Draft> Drafts => Set<Draft>();
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    /// <summary>Which of the three databases it is.</summary>
    public abstract DatabaseProvider Provider { get; }

    /// <summary>Gives what happens to one record the correlation of its cause, where one context serves many causes.</summary>
    internal void Correlate(EventSource source, string correlationId) => (_correlations ??= [])[source] = correlationId;

    internal string CorrelationOf(object source) =>
        source is EventSource known && _correlations?.GetValueOrDefault(known) is { } id ? id : Actor.CorrelationId;

    /// <summary>Rows that go with the next save, in this order: what happened, and who changed what.</summary>
    internal List<object> Appended { get; } = [];

    /// <summary>Whether rows were appended past the save's own count.</summary>
    internal bool HasAppended { get; set; }

    /// <summary>Whether a save changed how something is sent, or whether it is sent at all: see <see cref="Database.SettingsChanges"/>.</summary>
    internal bool HasChangedSettings { get; private set; }

    // Once for all who look at the changes (events, audit entries, the save itself): it compares every value of every record.
    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        ChangeTracker.DetectChanges();
        return base.SaveChanges(acceptAllChangesOnSuccess);
    }

    public override Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        ChangeTracker.DetectChanges();
        HasChangedSettings |= ChangeTracker.Entries<Integration>().Any(e => e.State != EntityState.Unchanged)
            || ChangeTracker.Entries<DestinationState>().Any(IsBlockChanged);
        return base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    private static bool IsBlockChanged(EntityEntry<DestinationState> entry) => entry.State == EntityState.Modified
        && (entry.Property(s => s.Forced).IsModified || entry.Property(s => s.Breaker).IsModified || entry.Property(s => s.HeldSince).IsModified);

    protected override void ConfigureConventions(ModelConfigurationBuilder configuration) => Conventions.Configure(configuration, Provider);

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.ApplyConfigurationsFromAssembly(typeof(TapworkDbContext).Assembly);
        Conventions.Finish(builder, Provider);
    }
}

internal sealed class SqliteTapworkDbContext(DbContextOptions<SqliteTapworkDbContext> options) : TapworkDbContext(options)
{
    public override DatabaseProvider Provider => DatabaseProvider.Sqlite;
}

internal sealed class SqlServerTapworkDbContext(DbContextOptions<SqlServerTapworkDbContext> options) : TapworkDbContext(options)
{
    public override DatabaseProvider Provider => DatabaseProvider.SqlServer;
}

internal sealed class PostgreSqlTapworkDbContext(DbContextOptions<PostgreSqlTapworkDbContext> options) : TapworkDbContext(options)
{
    public override DatabaseProvider Provider => DatabaseProvider.PostgreSql;
}
