using Tapwork.Tests.Shell;

namespace Tapwork.Tests.Reliability;

[Collection(ReliabilityCollection.Name)]
public sealed class StartWithoutDatabaseTests
{
    [Fact]
    public async Task A_start_while_PostgreSQL_is_away_ends_and_says_why_in_its_last_line()
    {
        var (code, said) = await TapworkApp.RunToEndAsync(new Dictionary<string, string?>
        {
            ["Database:Provider"] = "PostgreSql",
            ["Database:ConnectionString"] = $"Host=127.0.0.1;Port={TapworkApp.FreePort()};Username=tapwork;Database=tapwork",
            ["Sandbox:Enabled"] = "false",
        }, "Development");
        code.ShouldBe(1);
        said.Trim().Split('\n')[^1].ShouldBe("Tapwork cannot start: Connection refused");
        said.ShouldNotContain("   at ");
    }
}
