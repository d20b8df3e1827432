using System.Net;
using System.Reflection;
using System.Text;
using Microsoft.Data.Sqlite;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Tests.Accounts;
using Tapwork.Tests.Integrations;
using Tapwork.Tests.Shell;

namespace Tapwork.Tests.Auditing;

/// <summary>A marker in every secret and password field, and where it does not turn up: in the running application, by HTTP.</summary>
public sealed class MarkerTests
{
    private const string Marker = "Zq7marker";

    // Where each secret of the settings file is planted; those that are typed in are planted by another test. Another one needs another line.
    private static readonly Dictionary<string, string> Secrets = new()
    {
        ["SymphonicsSettings.ClientSecret"] = "Symphonics:ClientSecret",
        ["SymphonicsSettings.WebhookSecret"] = "Symphonics:WebhookSecret",
        ["MailSettings.Password"] = "Mail:Password",
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_secret_setting_is_planted() =>
        typeof(SecretAttribute).Assembly.GetTypes().SelectMany(t => t.GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(p => p.IsDefined(typeof(SecretAttribute))).Select(p => $"{p.DeclaringType!.Name}.{p.Name}").ShouldBe(Secrets.Keys.Concat(TypedSecretTests.Planted), ignoreOrder: true);

    [Fact]
    public async Task No_marker_of_a_secret_or_password_stands_in_the_trail_its_exports_or_the_log()
    {
        var settings = Secrets.Values.ToDictionary(key => key, key => (string?)$"{Marker} {key}");
        foreach (var (name, value) in new Dictionary<string, string?>
        {
            ["Demo:Enabled"] = "false",
            ["Serilog:MinimumLevel:Default"] = "Debug",
            ["Symphonics:BaseUrl"] = "http://127.0.0.1:9",
            ["Symphonics:ClientId"] = "client",
            ["Mail:Host"] = "127.0.0.1",
            ["Mail:Port"] = "9",
            ["Mail:User"] = "user",
            ["Mail:From"] = "tapwork@example.com",
        })
            settings[name] = value;
        await using var app = await TapworkApp.StartAsync(settings);
        using var browser = new Browser(app.Address);
        var code = await app.SetupCodeAsync();
        await browser.SubmitAsync("/setup", "setup", ("Input.Code", code), ("Input.Name", "Anne"), ("Input.Email", "anne@tapwork.example"), ("Input.Password", $"{Marker}1"));
        (await browser.SubmitAsync("/setup", "setup", ("Input.Code", code), ("Input.Name", "Anne"), ("Input.Email", "anne@tapwork.example"), ("Input.Password", $"{Marker} long enough for all")))
            .StatusCode.ShouldBe(HttpStatusCode.Redirect, app.Output);
        await browser.SignInAsync("anne@tapwork.example", $"{Marker} mistyped here");
        await browser.SubmitAsync("/account/recovery", "recovery", ("Input.Email", "anne@tapwork.example"));
        (await browser.SignInAsync("anne@tapwork.example", $"{Marker} long enough for all")).StatusCode.ShouldBe(HttpStatusCode.Redirect, app.Output);

        var trail = "";
        while (!trail.Contains("account.signed_in", StringComparison.Ordinal))
            trail = await TablesAsync(app, "AuditEntries");
        // Each of them was set, and that is told.
        trail.ShouldContain("\"Settings\":[null,\"•••\"]");
        trail.ShouldContain("\"PasswordHash\":[null,\"•••\"]");
        trail.ShouldNotContain(Marker);
        while ((await TablesAsync(app, "AuditTokens")).Length == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(200), Cancel);
        while (!(await TablesAsync(app, "LogEntries")).Contains("Tapwork", StringComparison.Ordinal))
            await Task.Delay(TimeSpan.FromMilliseconds(200), Cancel);
        // In no table at all: what is planted is there encrypted, or hashed.
        var tables = (await RowsAsync(app, "SELECT name FROM sqlite_master WHERE type = 'table'")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        tables.Length.ShouldBeGreaterThan(20);
        (await TablesAsync(app, "Integrations")).ShouldContain("REQ-I-001", customMessage: "nothing was planted");
        (await TablesAsync(app, tables)).ShouldNotContain(Marker, Case.Insensitive);
        foreach (var form in (string[])["csv", "json", "pdf"])
        {
            var export = await browser.GetAsync($"/audit/export.{form}");
            export.StatusCode.ShouldBe(HttpStatusCode.OK, form);
            Encoding.UTF8.GetString(await export.Content.ReadAsByteArrayAsync(Cancel)).ShouldNotContain(Marker, Case.Insensitive);
        }
        app.Output.ShouldNotContain(Marker, Case.Insensitive);
    }

    private static async Task<string> TablesAsync(TapworkApp app, params string[] tables)
    {
        var all = new StringBuilder();
        foreach (var table in tables)
            all.Append(await RowsAsync(app, $"SELECT * FROM \"{table}\""));
        return all.ToString();
    }

    private static async Task<string> RowsAsync(TapworkApp app, string query)
    {
        await using var connection = new SqliteConnection($"Data Source={app.DatabaseFile};Mode=ReadOnly");
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = query;
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var all = new StringBuilder();
        while (await reader.ReadAsync(Cancel))
            for (var column = 0; column < reader.FieldCount; column++)
                all.Append(reader.GetValue(column) is byte[] bytes ? Encoding.Latin1.GetString(bytes) : reader.GetValue(column)).Append('\n');
        return all.ToString();
    }
}
