namespace Tapwork.Benchmarks;

internal static class DeliverBenchmark { public static Task<int> RunAsync(BenchOptions options) => Task.FromResult(options.Parallel); }
internal static class BudgetBenchmark { public static Task<int> RunAsync(BenchOptions options) => Task.FromResult(options.Parallel); }
internal static class BudgetInstance { public const string Verb = "budget-instance"; public static Task<int> RunAsync(BenchOptions options) => Task.FromResult(options.Parallel); }
internal static class StartBenchmark { public static Task<int> RunAsync(BenchOptions options) => Task.FromResult(options.Parallel); }
