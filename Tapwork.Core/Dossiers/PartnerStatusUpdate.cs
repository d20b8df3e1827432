namespace Tapwork.Core.Dossiers;

/// <summary>What a partner said of a dossier by its webhook, and which of two such updates counts.</summary>
/// <param name="Status">As the partner names it, e.g. <c>in_review</c>.</param>
/// <param name="At">The partner's own time, often in whole seconds.</param>
/// <param name="Previous">The status before it, where the partner names it.</param>
public sealed record PartnerStatusUpdate(string Status, DateTimeOffset At, string? Previous = null)
{
    public const string Received = "received";
    public const string Approved = "approved";
    public const string Rejected = "rejected";

    /// <summary>
    /// Whether this update replaces a known one, in whichever order the two arrived: the later time, within one second the verdict over the review,
    /// of two verdicts the one that names the other as previous, else the rejection. See decision 0015.
    /// </summary>
    public bool Supersedes(PartnerStatusUpdate? known)
    {
        if (known is null)
            return true;
        if (!IsSameSecond(At, known.At))
            return At > known.At;
        if (Rank(Status) != Rank(known.Status))
            return Rank(Status) > Rank(known.Status);
        if (Status == known.Status || Rank(Status) < VerdictRank)
            return At >= known.At || IsWholeSecond(At);
        return (Previous == known.Status, known.Previous == Status) switch
        {
            (true, false) => true,
            (false, true) => false,
            _ => Status == Rejected,
        };
    }

    private const int VerdictRank = 2;

    private static int Rank(string status) => status switch
    {
        Received => 0,
        Approved or Rejected => VerdictRank,
        _ => 1,
    };

    // A sender that counts in seconds cuts the fraction off: beside a finer time of the same second neither is known to be the later.
    private static bool IsSameSecond(DateTimeOffset one, DateTimeOffset other) =>
        one == other || ((IsWholeSecond(one) || IsWholeSecond(other)) && one.ToUnixTimeSeconds() == other.ToUnixTimeSeconds());

    private static bool IsWholeSecond(DateTimeOffset at) => at.Ticks % TimeSpan.TicksPerSecond == 0;
}
