using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Tapwork.Core;
using Tapwork.Core.Accounts;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>What every mapping shares, so that the three databases sort, sum and compare alike.</summary>
internal static class Conventions
{
    /// <summary>The collation of ordinal text on SQL Server. All other text has the database's, and the two meet in no expression without COLLATE.</summary>
    public const string SqlServerOrdinal = "Latin1_General_100_BIN2";

    private const string Ordinal = "Tapwork:Ordinal";
    private const string Operational = "Tapwork:Operational";
    private const string Secret = "Tapwork:Secret";
    private const string ReadBy = "Tapwork:ReadBy";

    public static void Configure(ModelConfigurationBuilder configuration, DatabaseProvider provider)
    {
        configuration.Properties<Enum>().HaveConversion<string>().HaveMaxLength(40);
        // SQLite can neither order nor sum its own rendering of these two.
        if (provider == DatabaseProvider.Sqlite)
        {
            configuration.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();
            configuration.Properties<decimal>().HaveConversion<TenThousandths>();
        }
        else
        {
            configuration.Properties<DateTimeOffset>().HaveConversion<UtcMoment>();
            configuration.Properties<decimal>().HavePrecision(19, 4);
        }
    }

    public static void Finish(ModelBuilder builder, DatabaseProvider provider)
    {
        foreach (var entity in builder.Model.GetEntityTypes())
        {
            if (entity.FindProperty(nameof(Entity.Version)) is { } version && version.ClrType == typeof(long))
                version.IsConcurrencyToken = true;
            if (typeof(Entity).IsAssignableFrom(entity.ClrType))
                entity.FindProperty(nameof(Entity.Id))!.ValueGenerated = Microsoft.EntityFrameworkCore.Metadata.ValueGenerated.Never;
            foreach (var property in entity.GetProperties().Where(p => p.FindAnnotation(Ordinal) is not null))
                property.SetCollation(provider switch
                {
                    DatabaseProvider.PostgreSql => "C",
                    DatabaseProvider.SqlServer => SqlServerOrdinal,
                    _ => null,
                });
        }
    }

    /// <summary>Text that is ordered and searched by code point on every database.</summary>
    public static PropertyBuilder<T> IsOrdinal<T>(this PropertyBuilder<T> property, int length) =>
        property.HasMaxLength(length).HasAnnotation(Ordinal, true);

    /// <summary>A table that is its own record: changes to it are not audited.</summary>
    public static void IsOperational<T>(this EntityTypeBuilder<T> entity) where T : class => entity.HasAnnotation(Operational, true);

    public static bool IsOperational(this Microsoft.EntityFrameworkCore.Metadata.IReadOnlyEntityType entity) =>
        entity.FindAnnotation(Operational) is not null;

    /// <summary>The audit trail tells that it was set or changed, never its value.</summary>
    public static PropertyBuilder<T> IsSecret<T>(this PropertyBuilder<T> property) => property.HasAnnotation(Secret, true);

    public static bool IsSecret(this Microsoft.EntityFrameworkCore.Metadata.IReadOnlyProperty property) =>
        property.FindAnnotation(Secret) is not null;

    /// <summary>A sensitive field: the audit trail shows its values to this role only, and nobody finds an entry by them.</summary>
    public static PropertyBuilder<T> IsReadBy<T>(this PropertyBuilder<T> property, Role role) => property.HasAnnotation(ReadBy, role.ToString());

    public static Role? Reader(this Microsoft.EntityFrameworkCore.Metadata.IReadOnlyProperty property) =>
        property.FindAnnotation(ReadBy)?.Value is string role ? Enum.Parse<Role>(role) : null;

    /// <summary>A small list or record kept as JSON text in one column. A row that is older than the column holds an empty text: an empty list or dictionary.</summary>
    public static PropertyBuilder<T> IsJson<T>(this PropertyBuilder<T> property) where T : class => property.HasConversion(
        new ValueConverter<T, string>(v => JsonSerializer.Serialize(v, JsonSerializerOptions.Default), s => JsonSerializer.Deserialize<T>(s.Length > 0 ? s : EmptyOf(typeof(T)), JsonSerializerOptions.Default)!),
        new ValueComparer<T>(
            (a, b) => ReferenceEquals(a, b) || JsonSerializer.Serialize(a, JsonSerializerOptions.Default) == JsonSerializer.Serialize(b, JsonSerializerOptions.Default),
            v => JsonSerializer.Serialize(v, JsonSerializerOptions.Default).GetHashCode(StringComparison.Ordinal),
            v => v));

    private static string EmptyOf(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) ? "{}" : "[]";

    // A number that is no moment can only be somebody else's: one such row must not keep all others from being read.
    private sealed class UtcTicks() : ValueConverter<DateTimeOffset, long>(v => v.UtcTicks, v => new DateTimeOffset(Math.Clamp(v, 0, DateTime.MaxValue.Ticks), TimeSpan.Zero));

    private sealed class UtcMoment() : ValueConverter<DateTimeOffset, DateTimeOffset>(v => v.ToUniversalTime(), v => v);

    private sealed class TenThousandths() : ValueConverter<decimal, long>(v => (long)(v * 10_000m), v => v / 10_000m);
}
