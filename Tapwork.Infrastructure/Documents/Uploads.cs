using System.Collections.Concurrent;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Documents;

namespace Tapwork.Infrastructure.Documents;

/// <summary>
/// Receives the files people upload. Each person may send so many bytes in an hour, refused files included. Counts in this process: a browser stays on its instance.
/// </summary>
public sealed class Uploads(IFileStore files, FileSettings settings, TimeProvider clock)
{
    // Bytes by minute, of the last hour.
    private readonly ConcurrentDictionary<Guid, Dictionary<long, long>> _received = new();

    private long Quota => settings.MaxMegabytesPerPersonPerHour * 1_000_000L;

    /// <param name="actor">Who sends it.</param>
    /// <param name="content">Not read when its announced length is too much already.</param>
    /// <param name="announced">Bytes, as the request says; null when it does not.</param>
    /// <param name="name">The name it comes under.</param>
    /// <param name="limit">Bytes of one file.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Gone when disposed of, unless it is kept before.</returns>
    /// <exception cref="RuleViolation"><c>file.too_large</c>, <c>file.unknown_type</c>, <c>file.quota_spent</c>, <c>photo.too_many_pixels</c></exception>
    public async Task<IStagedFile> ReceiveAsync(Actor actor, Stream content, long? announced, string name, long limit, CancellationToken cancel)
    {
        if (announced > limit)
            throw new RuleViolation("file.too_large", null, limit / 1_000_000);
        MustHaveRoom(actor, announced ?? 0);
        var file = await files.StageAsync(new CountedStream(content, bytes => Count(actor, bytes)), name, limit, cancel);
        try
        {
            MustFit(file);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void MustFit(IStagedFile file)
    {
        if (file.File.ContentType == "application/pdf")
            return;
        using var picture = file.Open();
        if (PictureHead.Read(picture).IsTooLarge)
            throw new RuleViolation("photo.too_many_pixels", nameof(Photo), PictureHead.MaxPixels / 1_000_000);
    }

    private void Count(Actor actor, long bytes)
    {
        MustHaveRoom(actor, bytes);
        if (actor.PersonId is not { } person)
            return;
        var minutes = MinutesOf(person);
        lock (minutes)
            minutes[ThisMinute] = minutes.GetValueOrDefault(ThisMinute) + bytes;
    }

    private void MustHaveRoom(Actor actor, long bytes)
    {
        if (Quota == 0 || actor.PersonId is not { } person)
            return;
        var minutes = MinutesOf(person);
        lock (minutes)
        {
            foreach (var old in minutes.Keys.Where(m => m <= ThisMinute - 60).ToList())
                minutes.Remove(old);
            if (minutes.Values.Sum() + bytes > Quota)
                throw new RuleViolation("file.quota_spent", null, settings.MaxMegabytesPerPersonPerHour);
        }
    }

    private Dictionary<long, long> MinutesOf(Guid person) => _received.GetOrAdd(person, static _ => []);

    private long ThisMinute => clock.GetUtcNow().ToUnixTimeSeconds() / 60;

    /// <summary>Tells how much was read, as it is read.</summary>
    private sealed class CountedStream(Stream inner, Action<long> read) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await inner.ReadAsync(buffer, cancellationToken);
            read(count);
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
