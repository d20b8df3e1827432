namespace Tapwork.Infrastructure.Persistence;

/// <summary>SQLite takes one writer at a time: writers of this process queue here instead of spinning on its lock, and people go first.</summary>
public sealed class WriteGate
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _people = new();
    private readonly Queue<TaskCompletionSource> _machinery = new();
    private bool _taken;

    /// <summary>Waits for the turn; disposing the answer passes it on.</summary>
    public async Task<IDisposable> EnterAsync(bool forPerson, CancellationToken cancel)
    {
        TaskCompletionSource turn;
        lock (_lock)
        {
            if (!_taken)
            {
                _taken = true;
                return new Turn(this);
            }
            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (forPerson ? _people : _machinery).Enqueue(turn);
        }
        await using (cancel.Register(() => turn.TrySetCanceled(cancel)))
            await turn.Task;
        return new Turn(this);
    }

    private void Leave()
    {
        lock (_lock)
        {
            while (_people.TryDequeue(out var next) || _machinery.TryDequeue(out next))
                if (next.TrySetResult())
                    return;
            _taken = false;
        }
    }

    private sealed class Turn(WriteGate gate) : IDisposable
    {
        private WriteGate? _gate = gate;

        public void Dispose() => Interlocked.Exchange(ref _gate, null)?.Leave();
    }
}
