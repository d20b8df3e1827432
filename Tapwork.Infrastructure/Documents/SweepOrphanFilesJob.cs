using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Documents;

/// <summary>
/// Takes away files no row has named for a day: uploads whose row was never committed, and evidence replaced before any dossier named it. They go
/// through a trash folder, from which they are deleted at a later run.
/// </summary>
public sealed class SweepOrphanFilesJob(Database database, FileSettings settings, TimeProvider clock, ILogger<SweepOrphanFilesJob> logger)
{
    /// <summary>How long a file may stand unnamed, and how long it lies in the trash.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(24);

    private string Trash => Path.Combine(settings.Folder, "trash");

    public async Task RunAsync(CancellationToken cancel)
    {
        Directory.CreateDirectory(Trash);
        var before = (clock.GetUtcNow() - Patience).UtcDateTime;
        foreach (var file in new DirectoryInfo(Trash).EnumerateFiles().Where(f => f.LastWriteTimeUtc < before))
            file.Delete();
        var incoming = new DirectoryInfo(Path.Combine(settings.Folder, "incoming"));
        if (incoming.Exists)
            foreach (var file in incoming.EnumerateFiles().Where(f => f.LastWriteTimeUtc < before))
                file.Delete();
        var old = new DirectoryInfo(settings.Folder).EnumerateDirectories("??").SelectMany(d => d.EnumerateFiles())
            .Where(f => f.Name.Length == 64 && f.LastWriteTimeUtc < before);
        foreach (var some in old.Chunk(500))
            await SweepAsync(some, cancel);
    }

    private async Task SweepAsync(FileInfo[] files, CancellationToken cancel)
    {
        await using var db = database.Open(Actor.System(nameof(SweepOrphanFilesJob)));
        var names = files.Select(f => f.Name).ToList();
        var named = (await db.Photos.Where(p => names.Contains(p.Sha256)).Select(p => p.Sha256)
            .Union(db.Documents.Where(d => names.Contains(d.Sha256)).Select(d => d.Sha256)).ToListAsync(cancel)).ToHashSet();
        foreach (var file in files.Where(f => !named.Contains(f.Name)))
        {
            // What was sent stays: a dossier names its files in its snapshot for as long as the dossier is kept.
            if (await db.Dossiers.AnyAsync(d => d.Content.Contains(file.Name), cancel))
                continue;
            file.Refresh();
            if (!file.Exists || file.LastWriteTimeUtc >= (clock.GetUtcNow() - Patience).UtcDateTime)
                continue;
            file.MoveTo(Path.Combine(Trash, file.Name), overwrite: true);
            File.SetLastWriteTimeUtc(file.FullName, clock.GetUtcNow().UtcDateTime);
            logger.LogInformation("the file {Sha256} is named by nothing and goes to the trash", file.Name);
        }
    }
}
