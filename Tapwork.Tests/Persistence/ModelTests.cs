using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Tapwork.Core;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Persistence;

/// <summary>What every table keeps to, on each of the three databases.</summary>
public class ModelTests
{
    // Each is its own record. Another table here needs the same reason.
    private static readonly string[] Operational =
    [
        "AuditEntry", "AuditHead", "AuditReport", "AuditSummary", "AuditToken", "CertificateSighting", "CheckRetry", "ClockReading", "DataProtectionKey", "Delivery", "DeliveryAttempt", "DeliveryHour", "DestinationState", "Draft", "EventCursor", "EventRecord", "InboundCall", "Incident", "JobRun", "LogEntry",
        "Notification", "NumberSequence", "ParkedEvent", "ReconciliationReport", "SavedView", "SearchToken", "Withheld",
    ];

    [Theory]
    [MemberData(nameof(Models.All), MemberType = typeof(Models))]
    public void The_last_migration_is_the_model(DatabaseProvider provider)
    {
        using var db = Models.Context(provider);
        db.Database.HasPendingModelChanges().ShouldBeFalse("run scripts/add-migration");
    }

    [Theory]
    [MemberData(nameof(Models.All), MemberType = typeof(Models))]
    public void Only_tables_that_are_their_own_record_are_not_audited(DatabaseProvider provider) =>
        Models.Of(provider).GetEntityTypes().Where(e => e.IsOperational()).Select(e => e.ClrType.Name).ShouldBe(Operational, ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Models.All), MemberType = typeof(Models))]
    public void What_is_audited_has_its_key_before_it_is_saved(DatabaseProvider provider) =>
        // Identity's claims get theirs from the database; nobody here adds any.
        Models.Of(provider).GetEntityTypes().Where(e => !e.IsOperational() && e.ClrType != typeof(IdentityUserClaim<Guid>))
            .SelectMany(e => e.FindPrimaryKey()!.Properties).Where(p => p.ValueGenerated != ValueGenerated.Never)
            .Select(p => $"{p.DeclaringType.ClrType.Name}.{p.Name}").ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Models.All), MemberType = typeof(Models))]
    public void Every_record_of_the_trade_is_audited_and_guarded_by_its_version(DatabaseProvider provider)
    {
        var model = Models.Of(provider);
        foreach (var type in typeof(Entity).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Entity)) && !t.IsAbstract))
        {
            var entity = model.FindEntityType(type).ShouldNotBeNull(type.Name);
            entity.IsOperational().ShouldBeFalse(type.Name);
            entity.FindProperty(nameof(Entity.Version))!.IsConcurrencyToken.ShouldBeTrue(type.Name);
        }
        model.GetEntityTypes().Select(e => e.FindProperty("Version")).OfType<IProperty>().Where(p => !p.IsConcurrencyToken).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Models.All), MemberType = typeof(Models))]
    public void Enums_are_text_of_a_known_length(DatabaseProvider provider)
    {
        var enums = PropertiesOf(provider).Where(p => Plain(p).IsEnum).ToList();
        enums.ShouldNotBeEmpty();
        foreach (var property in enums)
        {
            StoredAs(property).ShouldBe(typeof(string), Name(property));
            Enum.GetNames(Plain(property)).Max(n => n.Length).ShouldBeLessThanOrEqualTo(property.GetMaxLength() ?? 0, Name(property));
        }
    }

    [Fact]
    public void On_SQLite_amounts_and_times_are_whole_numbers_that_sort_and_sum()
    {
        var found = PropertiesOf(DatabaseProvider.Sqlite).Where(p => Plain(p) == typeof(DateTimeOffset) || Plain(p) == typeof(decimal)).ToList();
        found.ShouldNotBeEmpty();
        foreach (var property in found)
        {
            StoredAs(property).ShouldBe(typeof(long), Name(property));
            property.GetColumnType().ShouldBe("INTEGER", Name(property));
        }
    }

    [Theory]
    [InlineData(DatabaseProvider.Sqlite, null)]
    [InlineData(DatabaseProvider.PostgreSql, "C")]
    [InlineData(DatabaseProvider.SqlServer, "Latin1_General_100_BIN2")]
    public void Keys_and_what_lists_are_ordered_by_compare_by_code_point(DatabaseProvider provider, string? collation)
    {
        var ours = Models.Of(provider).GetEntityTypes().Where(e => e.ClrType.Namespace!.StartsWith("Tapwork", StringComparison.Ordinal) && e.ClrType.Name != "Login").ToList();
        var sorted = ours.SelectMany(e => e.GetKeys().SelectMany(k => k.Properties).Concat(e.GetIndexes().SelectMany(i => i.Properties)))
            .Where(p => p.ClrType == typeof(string)).Distinct().ToList();
        sorted.ShouldNotBeEmpty();
        foreach (var property in sorted)
        {
            property.FindAnnotation("Tapwork:Ordinal").ShouldNotBeNull(Name(property));
            property.GetCollation().ShouldBe(collation, Name(property));
        }
    }

    private static IEnumerable<IProperty> PropertiesOf(DatabaseProvider provider) => Models.Of(provider).GetEntityTypes().SelectMany(e => e.GetProperties());

    private static Type Plain(IProperty property) => Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;

    private static Type? StoredAs(IProperty property) => (property.GetTypeMapping().Converter as ValueConverter)?.ProviderClrType;

    private static string Name(IProperty property) => $"{property.DeclaringType.ClrType.Name}.{property.Name}";
}
