using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>The signed heads outside the database, one JSON a line; the last line tells how far it has come, so what was not written is written next time.</summary>
public sealed class AuditHeadsFile(AuditSettings settings)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Appends the heads of the database that are later than its last line.</summary>
    public async Task CatchUpAsync(TapworkDbContext db, CancellationToken cancel)
    {
        var newest = await db.AuditHeads.MaxAsync(h => (long?)h.Sequence, cancel) ?? AuditHead.Origin;
        if (newest == AuditHead.Origin)
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(settings.HeadsFile))!);
        await using var file = await OpenAloneAsync(cancel);
        var last = LastOf(file);
        if (last >= newest)
            return;
        var missing = await db.AuditHeads.AsNoTracking().Where(h => h.Sequence > last).OrderBy(h => h.Sequence).ToListAsync(cancel);
        // After a power cut the last line may be half of one.
        file.Seek(0, SeekOrigin.End);
        if (file.Length > 0 && !EndsALine(file))
            file.WriteByte((byte)'\n');
        foreach (var head in missing)
        {
            await JsonSerializer.SerializeAsync(file, head, Json, cancel);
            file.WriteByte((byte)'\n');
        }
        file.Flush(flushToDisk: true);
    }

    /// <summary>Every head in the file, in its order; a line that was cut off by a power cut is passed over.</summary>
    public IEnumerable<AuditHead> Read()
    {
        if (!File.Exists(settings.HeadsFile))
            yield break;
        using var reader = new StreamReader(new FileStream(settings.HeadsFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (reader.ReadLine() is { } line)
            if (Parse(line) is { } head)
                yield return head;
    }

    // Instances share the file and take turns.
    private async Task<FileStream> OpenAloneAsync(CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                return new FileStream(settings.HeadsFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            }
            catch (IOException) when (File.Exists(settings.HeadsFile))
            {
                await Task.Delay(50, cancel);
            }
        }
    }

    private static long LastOf(FileStream file)
    {
        const int Enough = 4096;
        file.Seek(-Math.Min(file.Length, Enough), SeekOrigin.End);
        using var reader = new StreamReader(file, leaveOpen: true);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Select(Parse).LastOrDefault(h => h is not null)?.Sequence ?? AuditHead.Origin;
    }

    private static bool EndsALine(FileStream file)
    {
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() == '\n';
    }

    private static AuditHead? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<AuditHead>(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
