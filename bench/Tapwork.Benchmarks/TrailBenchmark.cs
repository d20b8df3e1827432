using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Auditing;

namespace Tapwork.Benchmarks;

/// <summary>What a page of the trail costs in a long trail and in a short one, for each filter and for beginnings of words.</summary>
internal static class TrailBenchmark
{
    private static readonly Actor Manager = Actor.System("bench");

    // How many entries have to be looked at for a page depends on how rarely both are met.
    private static readonly string[] Together = ["two words", "word and person", "word and moments", "field and kind"];

    private static readonly string[] Kinds =
    [
        "nothing", "person", "role", "system", "record", "kind", "field", "action", "moments", "address", "correlation", "deep page",
        "word, 2 letters", "word, 4 letters", "word, 6 letters", "number, 2 digits", "number, 9 digits", .. Together,
    ];

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var verdict = new Verdict();
        var (small, large) = (options.Number("small", 50_000), options.Number("large", 5_000_000));
        await BenchRoom.EachProviderAsync(options, async room =>
        {
            var (few, many) = (await MeasureAsync(room, small), await MeasureAsync(room, large));
            foreach (var kind in Kinds)
            {
                Verdict.Say($"trail on {room.Provider}, {kind}: p95 {many[kind]:0.0} ms among {large}, {few[kind]:0.0} ms among {small}");
                verdict.AtMost($"p95 of a page by {kind}, ms", many[kind], 100);
                if (!Together.Contains(kind))
                    verdict.AtMost($"p95 of a page by {kind} over that among {small}", many[kind] / few[kind], 3);
            }
        });
        return verdict.ExitCode;
    }

    private static async Task<Dictionary<string, double>> MeasureAsync(BenchRoom room, int count)
    {
        await using var database = await room.NewDatabaseAsync();
        await using var product = await ProductHost.ComposeAsync(database, "http://127.0.0.1:9");
        var began = TimeProvider.System.GetTimestamp();
        await new TrailRows(database, count).FillAsync();
        Verdict.Say($"trail on {room.Provider}: {count} entries made in {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s");
        var trail = product.Get<AuditTrail>();
        var figures = new Dictionary<string, double>();
        foreach (var kind in Kinds)
        {
            var times = new List<double>();
            for (var turn = 0; turn < 60; turn++)
            {
                var (filter, after) = Asked(kind, turn, count);
                began = TimeProvider.System.GetTimestamp();
                var page = await trail.PageAsync(Manager, filter, after, null, CancellationToken.None);
                // The first few find statements to compile and pages to read from disk.
                if (turn >= 10)
                    times.Add(TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
                if (turn == 20 && page.Rows.Count == 0)
                    throw new InvalidOperationException($"nothing was found by {kind}");
            }
            figures[kind] = times.Order().ElementAt((int)(times.Count * 0.95));
        }
        return figures;
    }

    private static (AuditFilter Filter, long? After) Asked(string kind, int turn, int count)
    {
        var entry = 1 + ((turn + 1) * 7919L * 31 % (count - 1));
        var moment = TrailRows.Begin.AddSeconds(entry * TrailRows.Apart);
        var word = TrailRows.Word((int)(Math.Pow(turn / 60.0, 3) * TrailRows.Words));
        return kind switch
        {
            "person" => (new AuditFilter(ActorId: TrailRows.Person(turn % TrailRows.People)), null),
            "role" => (new AuditFilter(Role: (Role)(turn % 2)), null),
            "system" => (new AuditFilter(BySystem: true), null),
            "record" => (new AuditFilter(RecordType: RecordTypeOf(entry), RecordId: TrailRows.Record(entry)), null),
            "kind" => (new AuditFilter(RecordType: RecordTypeOf(entry)), null),
            "field" => (new AuditFilter(Field: $"Field{turn % TrailRows.Fields}"), null),
            "action" => (new AuditFilter(Action: turn % 2 == 0 ? "changed" : "delivery.replayed"), null),
            "moments" => (new AuditFilter(From: moment, Until: moment.AddHours(9)), null),
            "address" => (new AuditFilter(Ip: $"10.0.0.{turn % TrailRows.Addresses}"), null),
            "correlation" => (new AuditFilter(CorrelationId: TrailRows.Correlation(entry)), null),
            "deep page" => (new AuditFilter(), entry),
            "word, 2 letters" => (new AuditFilter(Search: word[..2]), null),
            "word, 4 letters" => (new AuditFilter(Search: word[..4]), null),
            "word, 6 letters" => (new AuditFilter(Search: word), null),
            "number, 2 digits" => (new AuditFilter(Search: $"{10 + turn}"), null),
            "number, 9 digits" => (new AuditFilter(Search: $"{entry / 3 * 3 * 7919:d14}"[..9]), null),
            "two words" => (new AuditFilter(Search: $"{word[..3]} {TrailRows.Word(turn * 7)[..3]}"), null),
            "word and person" => (new AuditFilter(ActorId: TrailRows.Person(turn % TrailRows.People), Search: word[..4]), null),
            "word and moments" => (new AuditFilter(From: moment, Until: moment.AddDays(1), Search: word[..3]), null),
            "field and kind" => (new AuditFilter(RecordType: "Photo", Field: $"Field{turn % TrailRows.Fields}"), null),
            _ => (new AuditFilter(), null),
        };
    }

    private static string RecordTypeOf(long entry) => (entry / 12 % 10) switch { < 6 => "Intervention", < 8 => "Photo", < 9 => "Dossier", _ => "Person" };
}
