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
    /// Whether this update replaces a known one, in whichever order they arrived: the later second, within it the verdict over the review,
    /// of two verdicts the one that names the other as previous, else the rejection. A total order. See decision 0015.
    /// </summary>
    public bool Supersedes(PartnerStatusUpdate? known) => known is null || Order.CompareTo(known.Order) switch
    {
        0 => string.CompareOrdinal(Status, known.Status) >= 0,
        var order => order > 0,
    };

    private (long Second, int Rank, bool FollowsVerdict, bool IsRejection, DateTimeOffset At) Order =>
        (At.ToUnixTimeSeconds(), Rank(Status), Rank(Status) == VerdictRank && Previous is (Approved or Rejected) && Previous != Status, Status == Rejected, At);

    private const int VerdictRank = 2;

    private static int Rank(string status) => status switch
    {
        Received => 0,
        Approved or Rejected => VerdictRank,
        _ => 1,
    };
}
