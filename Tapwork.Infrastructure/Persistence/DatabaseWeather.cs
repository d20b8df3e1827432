using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>Tells bad weather (the database away, locked, full) from a statement that is wrong.</summary>
public static class DatabaseWeather
{
    private const int Busy = 5, Locked = 6, ReadOnly = 8, InputOutput = 10, Full = 13, CannotOpen = 14;

    public static bool IsPassing(Exception? e) => e switch
    {
        null => false,
        SqliteException sqlite => sqlite.SqliteErrorCode is Busy or Locked or ReadOnly or InputOutput or Full or CannotOpen,
        Npgsql.PostgresException postgres => postgres.IsTransient || postgres.SqlState is "57P01" or "57P02" or "57P03" or "25P03" or "53100" or "55P03" or "40P01" or "40001",
        DbException { IsTransient: true } => true,
        Npgsql.NpgsqlException => true,
        TimeoutException or IOException or System.Net.Sockets.SocketException => true,
        _ => IsPassing(e.InnerException),
    };
}
