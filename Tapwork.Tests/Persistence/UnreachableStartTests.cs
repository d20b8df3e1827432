using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Shell;

namespace Tapwork.Tests.Persistence;

/// <summary>A start without its database says in one line what it cannot reach and how to mend that.</summary>
public sealed class UnreachableStartTests
{
    private const string Password = "Marker-93f";

    [Fact]
    public Task No_SQL_Server() => StartSaysAsync("SqlServer", $"Server=127.0.0.1,1;Database=tapwork;User Id=tapwork;Password={Password};Connect Timeout=2;TrustServerCertificate=true",
        "SQL Server at 127.0.0.1,1 does not answer", "Database:ConnectionString");

    [Fact]
    public Task No_such_host() => PreparationSaysAsync("SqlServer", $"Server=nowhere.invalid;Database=tapwork;User Id=tapwork;Password={Password};Connect Timeout=2",
        "SQL Server at nowhere.invalid does not answer", "Database:ConnectionString");

    [Fact]
    public async Task A_server_that_hangs_up_or_is_no_SQL_Server()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var hangingUp = Task.Run(async () =>
        {
            while (true)
                (await other.AcceptSocketAsync()).Close();
        }, TestContext.Current.CancellationToken);
        await PreparationSaysAsync("SqlServer", $"Server=127.0.0.1,{port};Database=tapwork;User Id=tapwork;Password={Password};Connect Timeout=2;ConnectRetryCount=0", $"SQL Server at 127.0.0.1,{port} does not answer");
        hangingUp.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public Task No_PostgreSQL() => StartSaysAsync("PostgreSql", $"Host=127.0.0.1;Port=1;Username=tapwork;Password={Password}", "PostgreSQL at 127.0.0.1:1 does not answer (Connection refused)", "Database:ConnectionString");

    [Fact]
    public async Task A_user_whom_PostgreSQL_does_not_know()
    {
        Needs.PostgreSql();
        await PreparationSaysAsync("PostgreSql", new NpgsqlConnectionStringBuilder(Needs.PostgreSqlServer!) { Username = "nobody_here", Password = Password, Database = "tapwork_nowhere" }.ToString(),
            "refuses the user nobody_here", "Database:ConnectionString");
    }

    [Fact]
    public async Task A_user_of_PostgreSQL_who_may_not_make_the_missing_database()
    {
        Needs.PostgreSql();
        await TestDatabase.OnServerAsync($"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'tapwork_guest') THEN CREATE ROLE tapwork_guest LOGIN; END IF; END $$");
        await PreparationSaysAsync("PostgreSql", new NpgsqlConnectionStringBuilder(Needs.PostgreSqlServer!) { Username = "tapwork_guest", Password = Password, Database = "tapwork_nowhere" }.ToString(),
            "the user tapwork_guest lacks a right", "make the database tapwork_nowhere");
    }

    [Fact]
    public async Task A_file_that_is_no_SQLite_database()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "this is a letter, and a long one: " + new string('a', 5000), TestContext.Current.CancellationToken);
        await StartSaysAsync("Sqlite", $"Data Source={file}", $"the SQLite file {file} is not a SQLite database");
        File.Delete(file);
    }

    [Fact]
    public async Task A_folder_that_is_a_file()
    {
        var file = Path.GetTempFileName();
        await PreparationSaysAsync("Sqlite", $"Data Source={file}/tapwork.db", $"the folder of the SQLite file {file}/tapwork.db cannot be used");
        File.Delete(file);
    }

    [Fact]
    public async Task A_file_that_is_a_folder()
    {
        var folder = Directory.CreateTempSubdirectory("tapwork-folder-").FullName;
        await PreparationSaysAsync("Sqlite", $"Data Source={folder}", $"the SQLite file {folder} cannot be opened or written");
        Directory.Delete(folder);
    }

    // /proc takes no file, from root either.
    [Fact]
    public Task A_folder_that_cannot_be_written() => PreparationSaysAsync("Sqlite", "Data Source=/proc/tapwork.db", "the SQLite file /proc/tapwork.db");

    [Theory]
    [InlineData(18456, "refuses the user tapwork")]
    [InlineData(4060, "does not let the user tapwork open the database hub")]
    [InlineData(262, "lacks a right")]
    [InlineData(-2, "does not answer")]
    [InlineData(53, "does not answer")]
    public void What_SQL_Server_says_is_put_in_words(int number, string words)
    {
        var settings = new DatabaseSettings { Provider = DatabaseProvider.SqlServer, ConnectionString = $"Server=db1;Database=hub;User Id=tapwork;Password={Password}" };
        var told = DatabaseUnavailableException.Explain(new InvalidOperationException("wrapped", SqlServerErrors.Of(number)), settings).ShouldNotBeNull().Message;
        told.ShouldContain("SQL Server at db1");
        told.ShouldContain(words);
        told.ShouldNotContain(Password);
    }

    [Fact]
    public void A_fault_of_ours_is_not_the_database_s() =>
        DatabaseUnavailableException.Explain(SqlServerErrors.Of(207), new DatabaseSettings { Provider = DatabaseProvider.SqlServer, ConnectionString = "Server=db1" }).ShouldBeNull();

    private static async Task StartSaysAsync(string provider, string connectionString, params string[] words)
    {
        var (code, output) = await TapworkApp.RunToEndAsync(
            new Dictionary<string, string?> { ["Database:Provider"] = provider, ["Database:ConnectionString"] = connectionString, ["Demo:Enabled"] = "false", ["Sandbox:Enabled"] = "false" }, "Development");
        code.ShouldBe(1, output);
        var last = output.Trim().Split('\n')[^1];
        last.ShouldStartWith("Tapwork cannot start: ");
        Judge(last, words);
        output.ShouldNotContain(Password);
        output.ShouldNotContain("   at ");
    }

    // What the start does with the database, in this process.
    private static async Task PreparationSaysAsync(string provider, string connectionString, params string[] words)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Database:Provider"] = provider, ["Database:ConnectionString"] = connectionString }).Build();
        await using var services = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(settings).AddTapwork(settings).BuildServiceProvider();
        var preparation = services.GetRequiredService<DatabasePreparation>();
        Judge((await Should.ThrowAsync<DatabaseUnavailableException>(preparation.PrepareAsync(TestContext.Current.CancellationToken))).Message, words);
    }

    private static void Judge(string line, string[] words)
    {
        foreach (var word in words)
            line.ShouldContain(word);
        line.ShouldNotContain("Success", Case.Sensitive);
        line.ShouldNotContain(Password);
    }
}
