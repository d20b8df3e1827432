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
        for (var next = from; next < before;)
        {
            var first = await FirstAsync(from, cancel);
            // A place that is missed may have been retired since its strand was found to be over.
            if (first.Next > next)
            {
                _strands.ForEach(s => s.Reopen());
                first = await FirstAsync(from, cancel);
            }
            if (first.Next >= before)
                yield break;
            var place = first.Take();
            if (place.Sequence < from)
                continue;
            next = place.Sequence + 1;
            yield return place;
        }
    }

    private async Task<Strand> FirstAsync(long from, CancellationToken cancel)
    {
        foreach (var strand in _strands)
            await strand.OpenAsync(db, from, Opened, cancel);
        return _strands.MinBy(s => s.Next)!;
    }

    private sealed class Strand(AuditClass kind)
    {
        private readonly Queue<(long Sequence, byte[] Digest)> _places = [];
        private long _last;
        private bool _isOver;

        public long Next => _places.TryPeek(out var place) ? place.Sequence : long.MaxValue;

        public (long Sequence, byte[] Digest) Take() => _places.Dequeue();

        public void Reopen() => _isOver = false;

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
