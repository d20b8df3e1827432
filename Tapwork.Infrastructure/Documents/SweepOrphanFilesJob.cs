using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Documents;

/// <summary>
/// Takes away files no row has named for a day: uploads whose row was never committed, and evidence replaced before any dossier named it. They go
/// through a trash folder, from which they are deleted at a later run.
/// </summary>
public sealed partial class SweepOrphanFilesJob(Database database, FileSettings settings, TimeProvider clock, ILogger<SweepOrphanFilesJob> logger)
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
        await using var db = database.Open(Actor.System(nameof(SweepOrphanFilesJob)));
        var unnamed = new Dictionary<string, FileInfo>(StringComparer.Ordinal);
        foreach (var some in old.Chunk(500))
            foreach (var file in await WithoutRowAsync(db, some, cancel))
                unnamed[file.Name] = file;
        await KeepSentAsync(db, unnamed, cancel);
        MoveToTrash(unnamed.Values);
    }

    private static async Task<IEnumerable<FileInfo>> WithoutRowAsync(TapworkDbContext db, FileInfo[] files, CancellationToken cancel)
    {
        var names = files.Select(f => f.Name).ToList();
        var named = (await db.Photos.Where(p => names.Contains(p.Sha256)).Select(p => p.Sha256)
            .Union(db.Documents.Where(d => names.Contains(d.Sha256)).Select(d => d.Sha256)).ToListAsync(cancel)).ToHashSet();
        return files.Where(f => !named.Contains(f.Name));
    }

    // What was sent stays: a dossier names its files in its snapshot for as long as the dossier is kept. No index finds a name inside of them, so
    // all are read once for all files, and not at all when no file is in question.
    private static async Task KeepSentAsync(TapworkDbContext db, Dictionary<string, FileInfo> unnamed, CancellationToken cancel)
    {
        if (unnamed.Count == 0)
            return;
        await foreach (var content in db.Dossiers.AsNoTracking().Select(d => d.Content).AsAsyncEnumerable().WithCancellation(cancel))
        {
            foreach (var name in Sha256().EnumerateMatches(content))
                unnamed.Remove(content.Substring(name.Index, name.Length));
            if (unnamed.Count == 0)
                return;
        }
    }

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex Sha256();

    private void MoveToTrash(IEnumerable<FileInfo> files)
    {
        foreach (var file in files)
        {
            file.Refresh();
            if (!file.Exists || file.LastWriteTimeUtc >= (clock.GetUtcNow() - Patience).UtcDateTime)
                continue;
            file.MoveTo(Path.Combine(Trash, file.Name), overwrite: true);
            File.SetLastWriteTimeUtc(file.FullName, clock.GetUtcNow().UtcDateTime);
            logger.LogInformation("the file {Sha256} is named by nothing and goes to the trash", file.Name);
        }
    }
}
