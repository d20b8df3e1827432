using System.Text.Json;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// The signed heads outside the database, one JSON a line. A head is written and flushed before the transaction that seals it commits, and its line is ended
/// afterwards, so that no crash leaves the file short: whatever the database has and the file has not was lost, and is never filled in from the database.
/// </summary>
public sealed class AuditHeadsFile(AuditSettings settings, TimeProvider clock)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);

    private string LockFile => settings.HeadsFile + ".lock";

    /// <summary>Whether it holds the chain's end, and what is wrong if not.</summary>
    public HeadsFileState StateAt(AuditHead end)
    {
        if (!File.Exists(settings.HeadsFile))
            return end.Sequence == AuditHead.Origin ? HeadsFileState.Complete : HeadsFileState.Missing;
        using var file = Open(FileMode.Open, FileAccess.Read);
        return HeadsFileTail.Of(file).Settled(end).Sequence < end.Sequence ? HeadsFileState.Incomplete : HeadsFileState.Complete;
    }

    /// <summary>Writes the next head down before it is committed. A file that is missing or short is left as it is: <see cref="AnchorAsync"/> begins it anew.</summary>
    /// <param name="end">The chain's end in the database, whose row the caller has locked.</param>
    /// <param name="next">To be committed.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="IOException">The file cannot be written: nothing is to be sealed then.</exception>
    public async Task<HeadsFileState> PrepareAsync(AuditHead end, AuditHead next, CancellationToken cancel)
    {
        if (end.Sequence != AuditHead.Origin && !File.Exists(settings.HeadsFile))
            return HeadsFileState.Missing;
        await using var alone = await LockAsync(cancel);
        await using var file = Open(FileMode.OpenOrCreate, FileAccess.ReadWrite);
        var tail = HeadsFileTail.Of(file).Settled(end);
        if (tail.Sequence < end.Sequence)
            return HeadsFileState.Incomplete;
        // Where the database was cut off or restored, the file is ahead and stays so, for the verification to see.
        if (tail.Sequence >= next.Sequence)
            return HeadsFileState.Complete;
        file.SetLength(tail.Length);
        file.Seek(0, SeekOrigin.End);
        if (!tail.IsEnded)
            file.WriteByte((byte)'\n');
        await file.WriteAsync(LineOf(next), cancel);
        file.Flush(flushToDisk: true);
        return HeadsFileState.Complete;
    }

    /// <summary>Ends the line of a head that was committed; if a crash prevents it, the next sealing does.</summary>
    public async Task ConfirmAsync(AuditHead head, CancellationToken cancel)
    {
        await using var alone = await LockAsync(cancel);
        await using var file = Open(FileMode.Open, FileAccess.ReadWrite);
        if (HeadsFileTail.Of(file).Unended is not { } last || !IsSame(last, head))
            return;
        file.Seek(0, SeekOrigin.End);
        file.WriteByte((byte)'\n');
    }

    /// <summary>Sets the file aside, if there is one, and begins it anew at the chain's end.</summary>
    /// <param name="end">The chain's end in the database, whose row the caller has locked.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The last sequence of the former file and where it is now; null where there was none.</returns>
    public async Task<(long? Sequence, string? SetAside)> AnchorAsync(AuditHead end, CancellationToken cancel)
    {
        await using var alone = await LockAsync(cancel);
        var former = ((long?)null, (string?)null);
        if (File.Exists(settings.HeadsFile))
        {
            await using (var file = Open(FileMode.Open, FileAccess.Read))
                former.Item1 = HeadsFileTail.Of(file).Settled(end).Sequence;
            former.Item2 = $"{settings.HeadsFile}.{clock.GetUtcNow():yyyyMMdd'T'HHmmssfff'Z'}";
            File.Move(settings.HeadsFile, former.Item2, overwrite: false);
        }
        await using var made = Open(FileMode.CreateNew, FileAccess.Write);
        if (end.Sequence != AuditHead.Origin)
        {
            await made.WriteAsync(LineOf(end), cancel);
            made.WriteByte((byte)'\n');
        }
        made.Flush(flushToDisk: true);
        return former;
    }

    /// <summary>The heads as they stand now, from the first after a sequence on; null when there is no file.</summary>
    internal OutsideHeads? Read(long after) => File.Exists(settings.HeadsFile) ? new OutsideHeads(Open(FileMode.Open, FileAccess.Read), after) : null;

    /// <summary>Its line, without the end.</summary>
    internal static byte[] LineOf(AuditHead head) => JsonSerializer.SerializeToUtf8Bytes(head, Json);

    internal static bool IsSame(AuditHead one, AuditHead other) => one.Sequence == other.Sequence && one.At == other.At && one.KeyId == other.KeyId
        && one.Hash.AsSpan().SequenceEqual(other.Hash) && one.Signature.AsSpan().SequenceEqual(other.Signature);

    internal static AuditHead? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<AuditHead>(line, Json) is { Hash: not null, KeyId: not null, Signature: not null } head ? head : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private FileStream Open(FileMode mode, FileAccess access) => new(settings.HeadsFile, mode, access, FileShare.ReadWrite | FileShare.Delete);

    // Instances share the file and take turns. A file of its own, because only FileShare.None excludes others on Linux, and it would exclude readers as well.
    private async Task<FileStream> LockAsync(CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(settings.HeadsFile))!);
        var began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (clock.GetElapsedTime(began) < LockTimeout)
            {
                await Task.Delay(20, cancel);
            }
        }
    }
}

/// <summary>How the heads outside stand to the chain's end.</summary>
public enum HeadsFileState
{
    /// <summary>The chain's end stands there.</summary>
    Complete,

    /// <summary>There is no file, though entries are sealed.</summary>
    Missing,

    /// <summary>Its last head is earlier than the chain's end.</summary>
    Incomplete,
}
