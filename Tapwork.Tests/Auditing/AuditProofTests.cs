using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Auditing;

/// <summary>The exported proof before a third party: the program of the documentation, which shares no code with the product.</summary>
public sealed partial class AuditProofTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tapwork-proof-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_third_party_verifies_what_is_shown_and_finds_what_was_changed_in_it()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var (services, people) = (database.Services.Value, new List<Person>());
        for (var n = 0; n < 8; n++)
        {
            var person = Person.Create($"Zoé « {n} » \\ \"😀\"", $"zoe{n}@tapwork.example", n == 0 ? Role.Manager : Role.Office, null, "fr", Given.Now);
            people.Add(person);
            await database.Database.WriteAsync(Actor.System("test"), db => Task.FromResult(db.People.Add(person)), Cancel);
            await services.GetRequiredService<AuditSealer>().SealAsync(Cancel);
        }
        var manager = new Actor(people[0].Id, people[0].Name, Role.Manager, null, "192.0.2.7", "Firefox", Actor.NewCorrelationId());
        await database.Database.WriteAsync(manager, async db => (await db.People.SingleAsync(p => p.Id == people[3].Id, Cancel)).Suspend(Given.Now), Cancel);
        await services.GetRequiredService<AuditSealer>().SealAsync(Cancel);

        var proof = await ProofAsync(services, manager, new AuditFilter(RecordId: people[3].Id.ToString()));
        // The fourth of nine, and the ninth; those between are there by their digests only.
        (await VerifiedAsync(proof)).ShouldBe((0, "proved: 2 entries shown, 4 left out, signed up to 9"));
        proof.ShouldNotContain("zoe5@");

        (await VerifiedAsync(proof.Replace("zoe3@", "zoe4@", StringComparison.Ordinal))).Code.ShouldBe(1);
        (await VerifiedAsync(FirstDigest().Replace(proof, "\"digest\": \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"", 1))).Code.ShouldBe(1);
        var other = await ProofAsync(services, manager, new AuditFilter());
        (await VerifiedAsync(other)).ShouldBe((0, "proved: 9 entries shown, 0 left out, signed up to 9"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<string> ProofAsync(ServiceProvider services, Actor manager, AuditFilter filter)
    {
        using var proof = new MemoryStream();
        await services.GetRequiredService<AuditExport>().WriteProofAsync(manager, filter, proof, Cancel);
        return System.Text.Encoding.UTF8.GetString(proof.ToArray());
    }

    /// <summary>The third party finds it proved.</summary>
    internal static async Task ShouldHoldAsync(string proof)
    {
        using var tests = new AuditProofTests();
        var (code, said) = await tests.VerifiedAsync(proof);
        code.ShouldBe(0, said);
    }

    private async Task<(int Code, string Said)> VerifiedAsync(string proof)
    {
        var file = Path.Combine(_folder, "proof.json");
        await File.WriteAllTextAsync(file, proof, Cancel);
        var start = new ProcessStartInfo("dotnet", ["run", Path.Combine(House.Root, "docs", "verify-audit-proof.cs"), file]) { RedirectStandardOutput = true, WorkingDirectory = _folder };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, said.Trim());
    }

    [GeneratedRegex("\"digest\": \"[^\"]+\"")]
    private static partial Regex FirstDigest();
}
