using Tapwork.Tests.Auditing;
using Tapwork.Tests.Reliability;
using Xunit.Runner.InProc.SystemConsole;

namespace Tapwork.Tests;

/// <summary>Runs the tests; <c>dotnet Tapwork.Tests.dll drive</c> is the process that finishes interventions while a test kills the application.</summary>
internal static class EntryPoint
{
    public static Task<int> Main(string[] args) => args switch
    {
        [FinishingProcess.Verb] => FinishingProcess.RunAsync(),
        [ChangingProcess.Verb] => ChangingProcess.RunAsync(),
        _ => ConsoleRunner.Run(args),
    };
}
