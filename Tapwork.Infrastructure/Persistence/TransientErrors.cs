using System.ComponentModel;
using System.Data.Common;
using System.Net.Sockets;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.SqlServer.Storage.Internal;
using Npgsql;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>
/// Recognises transient errors of each database by number: connection lost or refused, locks, deadlocks, disk or memory full. Transient errors are retried and never
/// consume an attempt, park an event, drop a log line or end a session.
/// </summary>
public static class TransientErrors
{
    // Severities from this one on end the connection, whatever the number; SqlClient reports a broken connection as 0.
    private const byte ConnectionEnds = 20;

    // Beyond EF Core's list, which fails on a timeout because the statement may have been carried out: ours are conditional or run in a transaction.
    private static readonly HashSet<int> SqlServer =
    [
        // Timeouts: of a command, of a connection, of a lock.
        -2, -1, 258, 1222,
        // The server cannot be reached, or the connection broke.
        2, 40, 53, 109, 232, 10061, 10065, 11002, 17830, 26,
        // The session was ended by somebody else.
        596, 6002, 6005,
        // The database starts, recovers, fails over or is offline.
        904, 913, 922, 923, 924, 942, 945, 976, 978, 979, 981, 983, 3906, 3908, 4064, 5063, 9001, 17142, 17148, 17187, 17188, 17189, 18400, 18402, 18451,
        // Disk, log, version store or memory full.
        701, 802, 823, 844, 845, 846, 847, 1101, 1105, 3958, 3959, 3961, 3967, 8902, 9002,
        // The login is refused, expired or locked: a changed password is no fault of an event.
        18452, 18456, 18461, 18470, 18486, 18487, 18488,
        // Azure: the session ran too long or took too much.
        40544, 40545, 40549, 40550, 40551, 40552, 40553, 40627, 42019,
    ];

    private static readonly HashSet<int> Sqlite =
    [
        SQLitePCL.raw.SQLITE_BUSY, SQLitePCL.raw.SQLITE_LOCKED, SQLitePCL.raw.SQLITE_NOMEM, SQLitePCL.raw.SQLITE_READONLY, SQLitePCL.raw.SQLITE_IOERR,
        SQLitePCL.raw.SQLITE_FULL, SQLitePCL.raw.SQLITE_CANTOPEN, SQLitePCL.raw.SQLITE_PROTOCOL,
    ];

    /// <summary>True for a transient error and for what wraps one.</summary>
    public static bool IsTransient(Exception? e) => e switch
    {
        null => false,
        // Our own giving up, though the server tells it as a cancelled query.
        OperationCanceledException => false,
        AggregateException many => many.InnerExceptions.Any(IsTransient),
        SqliteException sqlite => Sqlite.Contains(sqlite.SqliteErrorCode & 0xFF),
        SqlException sqlServer => IsTransient(sqlServer),
        PostgresException postgres => IsTransient(postgres),
        // A second command on one connection: a fault of ours.
        NpgsqlOperationInProgressException => false,
        NpgsqlException or DbException { IsTransient: true } => true,
        TimeoutException or IOException or SocketException => true,
        InvalidOperationException state when IsConnectionState(state) => true,
        _ => IsTransient(e.InnerException),
    };

    /// <summary>True for a transient error of the database; false where the network to an outside system failed.</summary>
    public static bool IsTransientInDatabase(Exception e) => IsTransient(e) && IsOfDatabase(e);

    private static bool IsOfDatabase(Exception? e) => e switch
    {
        null => false,
        DbException => true,
        AggregateException many => many.InnerExceptions.Any(IsOfDatabase),
        InvalidOperationException state when IsConnectionState(state) => true,
        _ => IsOfDatabase(e.InnerException),
    };

    private static bool IsTransient(SqlException e) =>
#pragma warning disable EF1001 // EF Core's own list, so that it follows its updates.
        SqlServerTransientExceptionDetector.ShouldRetryOn(e)
#pragma warning restore EF1001
        || e.Errors.Cast<SqlError>().Any(error => error.Class >= ConnectionEnds || SqlServer.Contains(error.Number))
        || e.InnerException is Win32Exception
        || IsTransient(e.InnerException);

    private static bool IsTransient(PostgresException e) => e.IsTransient || e.SqlState[..2] switch
    {
        // Connection, resources, the system around the server, invalid authorisation (a changed password).
        "08" or "53" or "58" or "28" => true,
        // Ended or cancelled by an administrator, a time-out, a crash or a restart.
        "57" => e.SqlState is not "57000",
        "40" => e.SqlState is "40001" or "40003" or "40P01",
        _ => e.SqlState switch
        {
            // The server became a standby; a transaction stood idle or lasted too long; a lock was waited for too long; the database is being moved or made.
            "25006" or "25P03" or "25P04" or "55P03" or "55006" or "3D000" => true,
            // An upgrade by another instance changed a prepared statement's columns; it is prepared anew.
            "0A000" => e.Routine == "RevalidateCachedQuery",
            _ => false,
        },
    };

    // No connection left in the pool (the words are in the language of the thread), or the connection ended under a command or transaction.
    private static bool IsConnectionState(InvalidOperationException e) =>
        e.Source is { } source && (source == typeof(SqlConnection).Assembly.GetName().Name || source == typeof(NpgsqlConnection).Assembly.GetName().Name);
}
