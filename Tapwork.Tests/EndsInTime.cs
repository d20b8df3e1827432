using System.Collections.Concurrent;
using System.Reflection;
using Xunit.v3;

[assembly: Tapwork.Tests.EndsInTime]

namespace Tapwork.Tests;

/// <summary>Cancels a test that has run for two minutes, so that what waits for ever fails under its own name. (What does not listen is cut with the whole run.)</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class EndsInTimeAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);
    private static readonly ConcurrentDictionary<string, CancellationTokenSource> Running = new();

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        var current = TestContext.Current;
        var over = new CancellationTokenSource(Longest);
        over.Token.Register(current.CancelCurrentTest);
        Running[test.UniqueID] = over;
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (Running.TryRemove(test.UniqueID, out var over))
            over.Dispose();
    }
}
