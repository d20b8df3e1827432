using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>The signed heads of the database and of the heads file, read beside the chain and compared with it: one page of the one, one line of the other.</summary>
internal sealed class HeadsCheck : IDisposable
{
    private const int PageSize = 2000;

    private readonly TapworkDbContext _db;
    private readonly AuditKeys _keys;
    private readonly OutsideHeads? _outside;
    private readonly AuditFindings _findings;
    private readonly Dictionary<string, ECDsa?> _verifiers = [];
    private readonly Queue<AuditHead> _inside = [];
    private readonly HashSet<long> _anchors = [];
    private readonly long _newestAtStart;
    private long _read, _newest, _outsideRead;
    private long? _unkept, _beforeAnchor;
    private bool _mayRead = true;

    private HeadsCheck(TapworkDbContext db, AuditKeys keys, OutsideHeads? outside, long after, long newest, AuditFindings findings)
    {
        (_db, _keys, _outside, _findings) = (db, keys, outside, findings);
        (_read, _newest, _newestAtStart, _outsideRead) = (after, after, newest, after);
    }

    /// <param name="db">Read page by page.</param>
    /// <param name="keys">That have signed.</param>
    /// <param name="file">The heads outside.</param>
    /// <param name="after">Where the chain is read from.</param>
    /// <param name="findings">Take what is wrong.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<HeadsCheck> BeginAsync(
        TapworkDbContext db, AuditKeys keys, AuditHeadsFile file, long after, AuditFindings findings, CancellationToken cancel)
    {
        // First the database: what it has committed is in the file by now. What is sealed later only makes both longer.
        var newest = await db.AuditHeads.MaxAsync(h => h.Sequence, cancel);
        var outside = file.Read(after);
        outside?.MoveNext();
        if (outside is null && newest > AuditHead.Origin)
            findings.Add(AuditFault.HeadsFileMissing, newest);
        return new HeadsCheck(db, keys, outside, after, newest, findings);
    }

    /// <summary>Another page of entries was read: heads that were sealed with them can be read as well.</summary>
    public void Continue() => _mayRead = true;

    /// <summary>An entry says that the file was begun anew at this sequence.</summary>
    public void TakeAnchor(long sequence) => _anchors.Add(sequence);

    /// <summary>Passes those before a sequence and makes those of it ready.</summary>
    public async ValueTask ReachAsync(long sequence, CancellationToken cancel)
    {
        while (await NextAsync(cancel) is { } next && next < sequence)
            Compare(next, null, null);
    }

    /// <summary>Compares those of a sequence with the chain's hash; with none where the chain is broken.</summary>
    public void Compare(long sequence, byte[]? hash, AuditEntry? entry)
    {
        var inside = _inside.TryPeek(out var first) && first.Sequence == sequence ? _inside.Dequeue() : null;
        var outside = _outside?.Current is { } line && line.Sequence == sequence ? line : null;
        if (inside is null && outside is null)
            return;
        bool Differs(AuditHead head) => hash is not null && !head.Hash.AsSpan().SequenceEqual(hash);
        var isTrue = inside is not null && IsTrue(inside);
        if (inside is not null && !isTrue)
            _findings.Add(AuditFault.ForgedHead, sequence);
        else if (inside is not null && Differs(inside))
            _findings.Add(AuditFault.Recomputed, sequence, entry);
        if (outside is not null)
        {
            var isTrueOutside = isTrue && AuditHeadsFile.IsSame(inside!, outside) || IsTrue(outside);
            if (!isTrueOutside)
                _findings.Add(AuditFault.ForgedHeadOutside, sequence);
            else if (Differs(outside))
                _findings.Add(AuditFault.NotAsKeptOutside, sequence, entry);
            isTrue |= isTrueOutside;
            PassOutside();
        }
        else if (isTrue && sequence <= _newestAtStart)
            MissOutside(sequence);
        if (isTrue)
            _newest = Math.Max(_newest, sequence);
    }

    /// <summary>Tells what heads say beyond the chain's end, and which of them the file has lost.</summary>
    public async Task EndAsync(long end, CancellationToken cancel)
    {
        await ReachAsync(end + 1, cancel);
        while (await NextAsync(cancel) is { } next && (next <= _newestAtStart || _outside?.Current is { } line && line.Sequence == next))
            if (_outside?.Current?.Sequence == next && !_outside.IsEnded && !(_inside.TryPeek(out var inside) && inside.Sequence == next))
                PassOutside();
            else
                Compare(next, null, null);
        if (_newest > end)
            _findings.Add(AuditFault.CutOff, end + 1, null, _newest - end);
        else if (end > _newest)
            _findings.Add(AuditFault.Unsigned, _newest + 1, null, end - _newest);
        var isAnchored = _outside?.First is { } anchor && _anchors.Contains(anchor);
        if ((isAnchored ? _unkept : _beforeAnchor ?? _unkept) is { } lost)
            _findings.Add(AuditFault.HeadsFileIncomplete, lost);
    }

    public void Dispose()
    {
        _outside?.Dispose();
        foreach (var verifier in _verifiers.Values)
            verifier?.Dispose();
    }

    private async ValueTask<long?> NextAsync(CancellationToken cancel)
    {
        if (_inside.Count == 0 && _mayRead)
            await ReadAsync(cancel);
        // A line that does not follow the one before says nothing new if the database has the same head, and cannot be placed otherwise.
        while (_outside?.Current is { } line && line.Sequence <= _outsideRead)
        {
            if (!await _db.AuditHeads.AnyAsync(h => h.Sequence == line.Sequence && h.Signature == line.Signature, cancel))
                _findings.Add(IsTrue(line) ? AuditFault.NotAsKeptOutside : AuditFault.ForgedHeadOutside, line.Sequence);
            _outside.MoveNext();
        }
        var inside = _inside.TryPeek(out var head) ? head.Sequence : (long?)null;
        return _outside?.Current is { } outside && !(inside < outside.Sequence) ? outside.Sequence : inside;
    }

    private async Task ReadAsync(CancellationToken cancel)
    {
        var page = await _db.AuditHeads.AsNoTracking().Where(h => h.Sequence > _read).OrderBy(h => h.Sequence).Take(PageSize).ToListAsync(cancel);
        page.ForEach(_inside.Enqueue);
        _mayRead = page.Count == PageSize;
        _read = page is [.., var last] ? last.Sequence : _read;
    }

    private void PassOutside()
    {
        _outsideRead = _outside!.Current!.Sequence;
        _outside.MoveNext();
    }

    private void MissOutside(long sequence)
    {
        if (_outside is null)
            return;
        if (sequence < _outside.First)
            _beforeAnchor ??= sequence;
        else
            _unkept ??= sequence;
    }

    private bool IsTrue(AuditHead head)
    {
        if (!_verifiers.TryGetValue(head.KeyId, out var verifier))
            _verifiers[head.KeyId] = verifier = _keys.Find(head.KeyId)?.OpenVerifier();
        return verifier?.VerifyData(AuditChain.MessageOf(head), head.Signature, HashAlgorithmName.SHA256) == true;
    }
}
