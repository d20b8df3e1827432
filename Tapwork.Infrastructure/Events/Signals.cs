namespace Tapwork.Infrastructure.Events;

/// <summary>Wakes loops of this process: something was committed. A loop that was asleep elsewhere is woken by its own clock.</summary>
public class Signal
{
    private volatile TaskCompletionSource _next = New();

    public void Set() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    /// <summary>The next set after this call; take it before looking for work, so that nothing set meanwhile is missed.</summary>
    public Task Next() => _next.Task;

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>A transaction of this process was committed: there may be events without a position.</summary>
public sealed class CommitSignal : Signal;

/// <summary>Positions were given: readers have something to read.</summary>
public sealed class PositionSignal : Signal;

/// <summary>Deliveries were made or became due: the pump has something to send.</summary>
public sealed class DeliverySignal : Signal;
