using Tapwork.Benchmarks;

return args switch
{
    ["dispatch", ..] => await DispatchBenchmark.RunAsync(new BenchOptions(args)),
    ["deliver", ..] => await DeliverBenchmark.RunAsync(new BenchOptions(args)),
    ["budget", ..] => await BudgetBenchmark.RunAsync(new BenchOptions(args)),
    ["audit", ..] => await AuditBenchmark.RunAsync(new BenchOptions(args)),
    ["trail", ..] => await TrailBenchmark.RunAsync(new BenchOptions(args)),
    ["fan-out", ..] => await FanOutBenchmark.RunAsync(new BenchOptions(args)),
    ["inbound", ..] => await InboundBenchmark.RunAsync(new BenchOptions(args)),
    ["monitoring", ..] => await MonitoringBenchmark.RunAsync(new BenchOptions(args)),
    ["start", ..] => await StartBenchmark.RunAsync(new BenchOptions(args)),
    [BudgetInstance.Verb, ..] => await BudgetInstance.RunAsync(new BenchOptions(args)),
    _ => Usage(),
};

static int Usage()
{
    Console.WriteLine("usage: scripts/bench dispatch|deliver|budget|audit|trail|fan-out|inbound|monitoring|start [--provider Sqlite|PostgreSql] [--count N] [--parallel N] [--minutes N]");
    return 2;
}
