using Microsoft.EntityFrameworkCore;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>The digests of retired entries in the order of the chain, one summary of each class in memory at a time.</summary>
internal sealed class RetiredEntries(TapworkDbContext db)
{
    private readonly List<Strand> _strands = [.. Enum.GetValues<AuditClass>().Select(kind => new Strand(kind))];

    /// <summary>Told of each summary as it is opened.</summary>
    public Action<AuditSummary> Opened { get; init; } = _ => { };

    /// <summary>The next ones from a sequence on and before another.</summary>
    public async IAsyncEnumerable<(long Sequence, byte[] Digest)> ReadAsync(
        long from, long before, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        while (true)
        {
            foreach (var strand in _strands)
                await strand.OpenAsync(db, from, Opened, cancel);
            if (_strands.Where(s => s.Next < before).MinBy(s => s.Next) is not { } first)
                yield break;
            var place = first.Take();
            if (place.Sequence >= from)
                yield return place;
        }
    }

    private sealed class Strand(AuditClass kind)
    {
        private readonly Queue<(long Sequence, byte[] Digest)> _places = [];
        private long _last;
        private bool _isOver;

        public long Next => _places.TryPeek(out var place) ? place.Sequence : long.MaxValue;

        public (long Sequence, byte[] Digest) Take() => _places.Dequeue();

        public async Task OpenAsync(TapworkDbContext db, long from, Action<AuditSummary> opened, CancellationToken cancel)
        {
            while (_places.Count == 0 && !_isOver)
            {
                var after = _last;
                var next = await db.AuditSummaries.AsNoTracking().Where(s => s.Class == kind && s.FirstSequence > after && s.LastSequence >= from)
                    .OrderBy(s => s.FirstSequence).FirstOrDefaultAsync(cancel);
                if (next is null)
                {
                    _isOver = true;
                    return;
                }
                opened(next);
                _last = Math.Max(next.LastSequence, next.FirstSequence);
                foreach (var place in next.Places())
                    _places.Enqueue(place);
            }
        }
    }
}
