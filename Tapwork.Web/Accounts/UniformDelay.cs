namespace Tapwork.Web.Accounts;

/// <summary>Answers about accounts leave at full steps of time: the work behind them takes longer for an account that exists, and must not say so.</summary>
internal static class UniformDelay
{
    /// <summary>More than one check of a password takes.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits for the next full step.</summary>
    /// <param name="clock">Of the host.</param>
    /// <param name="started">Its timestamp when the request came.</param>
    /// <param name="cancel">Gives up.</param>
    public static Task CompleteStepAsync(TimeProvider clock, long started, CancellationToken cancel) =>
        Task.Delay(TimeSpan.FromTicks(Step.Ticks - (clock.GetElapsedTime(started).Ticks % Step.Ticks)), clock, cancel);
}
