using System.ComponentModel.DataAnnotations;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>The section <c>Database</c> of the settings file.</summary>
public sealed class DatabaseSettings
{
    public const string Section = "Database";

    public DatabaseProvider Provider { get; set; } = DatabaseProvider.Sqlite;

    [Required]
    public string ConnectionString { get; set; } = "Data Source=data/tapwork.db";
}

public enum DatabaseProvider
{
    Sqlite,
    SqlServer,
    PostgreSql,
}
