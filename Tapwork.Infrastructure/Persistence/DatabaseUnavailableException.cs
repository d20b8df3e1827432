using System.Security.Authentication;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>The database cannot be used as it is set up. The message names what and where, and how to mend it; never the password.</summary>
public sealed class DatabaseUnavailableException : Exception
{
    private const string Setting = $"{DatabaseSettings.Section}:{nameof(DatabaseSettings.ConnectionString)}";

    private DatabaseUnavailableException(string message, Exception cause) : base(message, cause) { }

    /// <summary>Null when it is no fault of the connection, its rights or the file.</summary>
    public static DatabaseUnavailableException? Explain(Exception e, DatabaseSettings settings)
    {
        string? words;
        try
        {
            words = settings.Provider switch
            {
                DatabaseProvider.Sqlite => OfSqlite(e, settings.ConnectionString),
                DatabaseProvider.SqlServer => OfSqlServer(e, settings.ConnectionString),
                _ => OfPostgreSql(e, settings.ConnectionString),
            };
        }
        catch (ArgumentException malformed)
        {
            words = $"{Setting} cannot be read: {malformed.Message}";
        }
        return words is null ? null : new DatabaseUnavailableException(words, e);
    }

    private static string? OfSqlite(Exception e, string connectionString)
    {
        var file = $"the SQLite file {Path.GetFullPath(new SqliteConnectionStringBuilder(connectionString).DataSource)}";
        return Find<SqliteException>(e) is { } error ? (error.SqliteErrorCode & 0xFF) switch
        {
            SQLitePCL.raw.SQLITE_NOTADB => $"{file} is not a SQLite database: name another in {Setting}",
            SQLitePCL.raw.SQLITE_CORRUPT => $"{file} is damaged: restore the backup ({error.Message})",
            SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => $"{file} is locked by another process: end it, or name another file in {Setting}",
            SQLitePCL.raw.SQLITE_FULL => $"the disk of {file} is full",
            SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_PERM or SQLitePCL.raw.SQLITE_AUTH =>
                $"{file} cannot be opened or written: this account needs the right to write the file and its folder ({error.Message})",
            _ => null,
        }
        : Find<UnauthorizedAccessException>(e) is { } refused ? $"{file} cannot be opened or written: this account needs the right to write the file and its folder ({refused.Message})"
        : Find<IOException>(e) is { } failed ? $"the folder of {file} cannot be used: {failed.Message}; name another in {Setting}"
        : null;
    }

    private static string? OfPostgreSql(Exception e, string connectionString)
    {
        var to = new NpgsqlConnectionStringBuilder(connectionString);
        if (string.IsNullOrEmpty(to.Host))
            return $"{Setting} names no Host";
        var (server, user, database) = ($"PostgreSQL at {to.Host}:{to.Port}", $"the user {to.Username}", to.Database ?? to.Username);
        if (Find<PostgresException>(e) is { } error)
            return error.SqlState switch
            {
                PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => $"{server} refuses {user}: {error.MessageText}; mend {Setting}",
                PostgresErrorCodes.InvalidCatalogName => $"{server} has no database {database}: make it, or let {user} make databases",
                PostgresErrorCodes.InsufficientPrivilege => $"{server}: {user} lacks a right ({error.MessageText}): make the database {database} for this user, or grant it",
                PostgresErrorCodes.TooManyConnections => $"{server} takes no more connections: {error.MessageText}",
                PostgresErrorCodes.CannotConnectNow => $"{server} is starting or stopping: try again",
                PostgresErrorCodes.ReadOnlySqlTransaction => $"{server} is a standby and cannot be written: name the primary in {Setting}",
                PostgresErrorCodes.DiskFull => $"the disk of {server} is full",
                _ => null,
            };
        if (Find<NpgsqlException>(e) is not { } lost)
            return null;
        return Find<AuthenticationException>(e) is { } refused ? $"{server}: the encrypted connection failed ({refused.Message}): mend the server's certificate, or SSL Mode in {Setting}"
            : lost.InnerException is null ? $"{server}: {lost.Message}; mend {Setting}"
            : $"{server} does not answer ({Innermost(lost)}): start it, or mend {Setting}";
    }

    private static string? OfSqlServer(Exception e, string connectionString)
    {
        var to = new SqlConnectionStringBuilder(connectionString);
        if (Find<SqlException>(e) is not { } error)
            return null;
        var (server, user) = ($"SQL Server at {to.DataSource}", to.IntegratedSecurity ? "this account" : $"the user {to.UserID}");
        return error.Errors.Cast<SqlError>().Select(one => one.Number switch
        {
            18456 or 18452 or 18470 or 18486 or 18487 or 18488 => $"{server} refuses {user}: {one.Message} Mend {Setting}",
            4060 or 911 => $"{server} does not let {user} open the database {to.InitialCatalog}: make it, or grant the user access",
            262 or 229 or 297 => $"{server}: {user} lacks a right ({one.Message}) Make the database {to.InitialCatalog} for this user, or grant it",
            _ => null,
        }).FirstOrDefault(words => words is not null)
            ?? (Find<AuthenticationException>(e) is { } refused ? $"{server}: the encrypted connection failed ({refused.Message}): mend the server's certificate, or Encrypt and TrustServerCertificate in {Setting}"
            : TransientErrors.IsTransient(error) ? $"{server} does not answer ({FirstSentenceOf(error)}): start it and let it listen on TCP, or mend {Setting}"
            : null);
    }

    // On Linux the cause of a refused connection is called Success; the server's own words come first.
    private static string FirstSentenceOf(SqlException error) => error.Message.Split(". ")[0].Split(" (provider:")[0].TrimEnd('.');

    private static string Innermost(Exception e) => e.GetBaseException().Message.TrimEnd('.');

    private static T? Find<T>(Exception? e) where T : Exception => e switch
    {
        null => null,
        T found => found,
        AggregateException many => many.InnerExceptions.Select(Find<T>).FirstOrDefault(x => x is not null),
        _ => Find<T>(e.InnerException),
    };
}
