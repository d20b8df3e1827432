using System.Globalization;

namespace Tapwork.Benchmarks;

/// <summary>Says figures in plain lines and keeps whether every bound was met.</summary>
internal sealed class Verdict
{
    private bool _missed;

    /// <summary>0 when every bound was met.</summary>
    public int ExitCode => _missed ? 1 : 0;

    public static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    public void AtLeast(string what, double figure, double bound) => Judge(what, figure, "at least", bound, figure >= bound);

    /// <summary>By the median of its rounds; each of them is said too.</summary>
    public void AtLeast(string what, IReadOnlyCollection<double> rounds, double bound)
    {
        Say($"       {what}, round by round: {string.Join(", ", rounds.Select(r => r.ToString("0.###", CultureInfo.InvariantCulture)))}");
        AtLeast(what, rounds.Order().ElementAt(rounds.Count / 2), bound);
    }

    public void AtMost(string what, double figure, double bound) => Judge(what, figure, "at most", bound, figure <= bound);

    private void Judge(string what, double figure, string relation, double bound, bool isMet)
    {
        _missed |= !isMet;
        Say($"{(isMet ? "met   " : "MISSED")} {what}: {figure:0.###} ({relation} {bound:0.###})");
    }
}

/// <summary>Durations of one kind.</summary>
internal sealed class Durations
{
    private readonly List<TimeSpan> _all = [];

    public void Add(TimeSpan one) => _all.Add(one);

    public int Count => _all.Count;

    /// <summary>In milliseconds, by nearest rank.</summary>
    public double Percentile(int percent)
    {
        var sorted = _all.Order().ToList();
        return sorted.Count == 0 ? double.NaN : sorted[Math.Max(0, (int)Math.Ceiling(sorted.Count * percent / 100.0) - 1)].TotalMilliseconds;
    }
}
