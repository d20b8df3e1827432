using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Tapwork.Benchmarks;

/// <summary>The PostgreSQL to run on: the one that TAPWORK_TEST_POSTGRES names, or one of our own for as long as the benchmark runs.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private Child? _server;
    private string? _folder;

    public required string ConnectionString { get; init; }

    /// <summary>Null, with the reason said, where there is none to be had.</summary>
    public static async Task<PostgresServer?> FindAsync()
    {
        if (Environment.GetEnvironmentVariable("TAPWORK_TEST_POSTGRES") is { Length: > 0 } known)
            return new PostgresServer { ConnectionString = known };
        var programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).Where(d => File.Exists(Path.Combine(d, "initdb"))).Order().LastOrDefault()
            : null;
        if (programs is not null)
            return await StartAsync(programs);
        Verdict.Say($"skipped on PostgreSQL: TAPWORK_TEST_POSTGRES names no server, and no server is installed");
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_server is not null)
        {
            await _server.StopAsync("INT", TimeSpan.FromSeconds(20));
            await _server.DisposeAsync();
        }
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }

    // The server refuses to run as root: then it runs as its package's own user.
    private static async Task<PostgresServer> StartAsync(string programs)
    {
        var folder = Directory.CreateTempSubdirectory("tapwork-bench-postgres-").FullName;
        var data = Path.Combine(folder, "data");
        string[] asUser = [];
        if (Environment.IsPrivilegedProcess)
        {
            await Child.RunAsync("chmod", "755", folder);
            await Child.RunAsync("install", "-d", "-m", "700", "-o", "postgres", "-g", "postgres", data);
            asUser = ["--reuid=postgres", "--regid=postgres", "--clear-groups"];
        }
        string[] initialise = [Path.Combine(programs, "initdb"), "-D", data, "-U", "tapwork", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"];
        var port = FreePort();
        string[] serve =
        [
            Path.Combine(programs, "postgres"), "-D", data, "-p", port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=", "-c", "max_connections=300",
        ];
        if (asUser.Length > 0)
            await Child.RunAsync("setpriv", [.. asUser, .. initialise]);
        else
            await Child.RunAsync(initialise[0], initialise[1..]);
        var server = asUser.Length > 0 ? Child.Start("setpriv", [.. asUser, .. serve], folder) : Child.Start(serve[0], serve[1..], folder);
        await server.LineAsync(line => line.Contains("ready to accept connections", StringComparison.Ordinal), TimeSpan.FromSeconds(60));
        return new PostgresServer
        {
            ConnectionString = $"Host=127.0.0.1;Port={port};Username=tapwork;Database=postgres",
            _server = server,
            _folder = folder,
        };
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
