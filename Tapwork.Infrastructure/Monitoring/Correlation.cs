using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>What the running code is about, so that whatever it says to the log can be found with the deliveries, attempts and calls of the same cause.</summary>
public static class Correlation
{
    private static readonly AsyncLocal<string?> Told = new();

    /// <summary>
    /// The correlation id; null when it is about nothing in particular. Set in an asynchronous method, it ends with that method, and all that the method calls sees it.
    /// </summary>
    public static string? Current
    {
        get => Told.Value ?? Database.WritingNow?.Actor.CorrelationId;
        set => Told.Value = value;
    }
}
