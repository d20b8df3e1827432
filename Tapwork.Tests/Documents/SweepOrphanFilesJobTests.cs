using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Core.Dossiers;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Documents;

/// <summary>Which files the sweep takes, and how often it reads the dossiers for it.</summary>
public sealed class SweepOrphanFilesJobTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tapwork-sweep-").FullName;
    private readonly Counting _dossiersRead = new();
    private TestDatabase _database = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.SqliteAsync();

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_dossiers_are_read_once_for_all_files_and_what_one_names_stays()
    {
        var sent = await SentFilesAsync();
        var orphans = Enumerable.Range(0, 40).Select(i => $"{i:x2}".PadRight(64, 'c')).ToList();
        foreach (var name in sent.Concat(orphans))
            Put(name);
        await SweepAsync();
        sent.Where(Exists).ShouldBe(sent);
        orphans.Where(Exists).ShouldBeEmpty();
        orphans.ShouldAllBe(name => File.Exists(Path.Combine(_folder, "trash", name)));
        _dossiersRead.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Without_a_file_in_question_no_dossier_is_read()
    {
        await SentFilesAsync();
        Put("young".PadRight(64, '0'), Given.Now.AddHours(-1));
        await SweepAsync();
        _dossiersRead.Count.ShouldBe(0);
    }

    // A dossier whose photos and documents no row names any more.
    private async Task<List<string>> SentFilesAsync()
    {
        var company = Company.Register("Société", "73282932000074", Given.Now);
        var intervention = Given.Intervention(company.Id).ReadyToComplete();
        intervention.CompleteInstallation(Given.Office, Given.Now);
        var dossier = Dossier.Prepare(intervention, DossierContent.Of(intervention, "Programmation", "Société"), null, Given.Now);
        await _database.Database.WriteAsync(Actor.System("test"), db =>
        {
            db.AddRange(company, intervention, dossier);
            return Task.CompletedTask;
        }, Cancel);
        await using var db = _database.Open();
        await db.Database.ExecuteSqlRawAsync("DELETE FROM \"Photos\"; DELETE FROM \"Documents\"", Cancel);
        return [.. intervention.Photos.Select(p => p.Sha256).Concat(intervention.Documents.Select(d => d.Sha256)).Distinct()];
    }

    private async Task SweepAsync()
    {
        var database = new Database(_database.Services.Value.GetRequiredService<DatabaseSettings>(), new DatabaseOptions([_dossiersRead], NullLoggerFactory.Instance), new WriteGate(), new CommitSignal());
        await new SweepOrphanFilesJob(database, new FileSettings { Folder = _folder }, new FakeTimeProvider(Given.Now), NullLogger<SweepOrphanFilesJob>.Instance).RunAsync(Cancel);
    }

    private string PathOf(string name) => Path.Combine(_folder, name[..2], name);

    private bool Exists(string name) => File.Exists(PathOf(name));

    private void Put(string name, DateTimeOffset? at = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), "content");
        File.SetLastWriteTimeUtc(PathOf(name), (at ?? Given.Now.AddDays(-2)).UtcDateTime);
    }

    private sealed class Counting : DbCommandInterceptor, ISaveChangesInterceptor
    {
        public int Count { get; private set; }

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Count += command.CommandText.Contains("\"Dossiers\"", StringComparison.Ordinal) ? 1 : 0;
            return ValueTask.FromResult(result);
        }
    }
}
