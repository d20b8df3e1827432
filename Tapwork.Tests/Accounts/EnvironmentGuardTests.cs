using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Web;

namespace Tapwork.Tests.Accounts;

/// <summary>Every environment but Development holds real data, whatever it is called.</summary>
public sealed class EnvironmentGuardTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tapwork-guard-").FullName;

    [Theory]
    [InlineData("Staging")]
    [InlineData("Production")]
    [InlineData("Recette")]
    [InlineData("Test")]
    [InlineData("Dev")]
    [InlineData("")]
    public void Nothing_that_is_for_Development_alone_runs_in(string environment)
    {
        Refusal(environment, [], hasAuditKeys: true).ShouldContain("the keys that encrypt secrets are unprotected");
        Refusal(environment, [("Keys:File", "key"), ("Sandbox:Enabled", "true")], hasAuditKeys: true).ShouldContain("Sandbox:Enabled is for Development only");
        Refusal(environment, [("Keys:File", "key"), ("Demo:Enabled", "true")], hasAuditKeys: true).ShouldContain("Demo:Enabled is for Development only");
        Refusal(environment, [("Keys:File", "key")], hasAuditKeys: false).ShouldContain("rotate-audit-key makes them");
        Refusal(environment, [("Keys:File", "key")], hasAuditKeys: true).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Development")]
    [InlineData("development")]
    public void Development_needs_no_keys_of_its_own(string environment) =>
        Refusal(environment, [("Sandbox:Enabled", "true"), ("Demo:Enabled", "true")], hasAuditKeys: false).ShouldBeEmpty();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Refusal(string environment, (string, string?)[] settings, bool hasAuditKeys)
    {
        var keys = new AuditKeys(new AuditSettings { KeyFile = Path.Combine(_folder, $"{RandomNumberGenerator.GetHexString(8)}.json") }, TimeProvider.System);
        if (hasAuditKeys)
            keys.Rotate();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Item1, s => s.Item2)).Build();
        try
        {
            StartUp.RefuseOutsideDevelopment(new Named(environment), configuration, keys);
            return "";
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }

    private sealed class Named(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
