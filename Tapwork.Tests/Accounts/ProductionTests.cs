using System.Security.Cryptography;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Tests.Shell;

namespace Tapwork.Tests.Accounts;

/// <summary>What Production refuses, tried on the real process.</summary>
public sealed class ProductionTests
{
    [Theory]
    [InlineData("Sandbox:Enabled", "true", "Sandbox:Enabled is for Development only")]
    [InlineData("Demo:Enabled", "true", "Demo:Enabled is for Development only")]
    [InlineData("Keys:File", null, "the keys that encrypt secrets are unprotected")]
    [InlineData("Keys:File", "/nowhere/key", "nowhere")]
    [InlineData("Keys:Certificate", "/nowhere/key.pfx", "nowhere")]
    [InlineData("Audit:KeyFile", "/nowhere/audit.json", "rotate-audit-key makes them")]
    public async Task Production_does_not_start_with(string setting, string? value, string because)
    {
        using var key = new KeyFile();
        var settings = new Dictionary<string, string?> { ["Keys:File"] = key.Path, ["Audit:KeyFile"] = key.AuditPath };
        if (setting == "Keys:Certificate")
            settings.Remove("Keys:File");
        settings[setting] = value;
        var (code, output) = await TapworkApp.RunToEndAsync(settings, "Production");
        code.ShouldBe(1, output);
        output.ShouldContain("Tapwork cannot start: ");
        output.ShouldContain(because);
        output.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Production_starts_with_a_key_file_and_without_demo_and_sandbox()
    {
        using var key = new KeyFile();
        await using var app = await TapworkApp.StartAsync(new Dictionary<string, string?> { ["Keys:File"] = key.Path, ["Audit:KeyFile"] = key.AuditPath }, "Production");
        (await app.SetupCodeAsync()).ShouldNotBeEmpty();
        app.Output.ShouldNotContain("Demo");
        app.Output.ShouldNotContain("unencrypted");
        using var browser = new Browser(app.Address);
        var page = await (await browser.GetAsync("/setup")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        page.ShouldContain("Input.Code");
        page.ShouldNotContain("data-demo");
        (await browser.GetAsync("/sandbox/symphonics/crm/interventions")).StatusCode.ShouldBe(System.Net.HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task No_secret_reaches_the_log()
    {
        const string marker = "Marker-71bd never logged";
        await using var app = await TapworkApp.StartAsync(new Dictionary<string, string?> { ["Demo:Enabled"] = "false", ["Serilog:MinimumLevel:Default"] = "Debug" });
        var code = await app.SetupCodeAsync();
        using var browser = new Browser(app.Address);
        await browser.SubmitAsync("/setup", "setup", ("Input.Code", code), ("Input.Name", "Anne"), ("Input.Email", "anne@tapwork.example"), ("Input.Password", "Marker-71b"));
        (await browser.SubmitAsync("/setup", "setup", ("Input.Code", code), ("Input.Name", "Anne"), ("Input.Email", "anne@tapwork.example"), ("Input.Password", marker)))
            .StatusCode.ShouldBe(System.Net.HttpStatusCode.Redirect, app.Output);
        using var another = new Browser(app.Address);
        await another.SignInAsync("anne@tapwork.example", "Marker-71b mistyped");
        (await another.SignInAsync("anne@tapwork.example", marker)).StatusCode.ShouldBe(System.Net.HttpStatusCode.Redirect);
        await another.SubmitAsync("/account/recovery", "recovery", ("Input.Email", "anne@tapwork.example"));
        app.Output.ShouldNotContain("Marker-71b");
        app.Output.ShouldNotContain("token=");
    }

    private sealed class KeyFile : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("tapwork-key-").FullName;

        public KeyFile()
        {
            File.WriteAllText(Path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
            new AuditKeys(new AuditSettings { KeyFile = AuditPath }, TimeProvider.System).Rotate();
        }

        public string Path => System.IO.Path.Combine(_folder, "key");

        public string AuditPath => System.IO.Path.Combine(_folder, "audit.json");

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
