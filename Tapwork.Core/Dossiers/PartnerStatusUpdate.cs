namespace Tapwork.Core.Dossiers;

/// <summary>What a partner said of a dossier by its webhook, and which of two such updates counts.</summary>
/// <param name="Status">As the partner names it, e.g. <c>in_review</c>.</param>
/// <param name="At">The partner's own time, often in whole seconds.</param>
/// <param name="Previous">The status before it, where the partner names it.</param>
public sealed record PartnerStatusUpdate(string Status, DateTimeOffset At, string? Previous = null)
{
    /// <summary>To the microsecond: what all databases keep, so that an update compares alike before and after it is stored.</summary>
    public DateTimeOffset At { get; init; } = new(At.UtcTicks - (At.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <summary>Whether it decides the dossier, rather than telling how far the partner is.</summary>
    public bool IsVerdict => Rank(Status) == VerdictRank;

    public const string Received = "received";
    public const string Approved = "approved";
    public const string Rejected = "rejected";

    /// <summary>
    /// Whether this update replaces a known one, in whichever order they arrived: the later second, within it the verdict over the review,
    /// of two verdicts the one that names the other as previous, else the rejection. A total order. See decision 0015.
    /// </summary>
    public bool Supersedes(PartnerStatusUpdate? known) => CompareTo(known) >= 0;

    /// <summary>Above zero where this update counts, below it where the other does. What nothing else decides, the ordinal order of the words does.</summary>
    public int CompareTo(PartnerStatusUpdate? known)
    {
        if (known is null)
            return 1;
        if (Order.CompareTo(known.Order) is var order and not 0)
            return order;
        return string.CompareOrdinal(Status, known.Status) is var word and not 0 ? word : string.CompareOrdinal(Previous, known.Previous);
    }

    private (long Second, int Rank, bool FollowsVerdict, bool IsRejection, DateTimeOffset At) Order =>
        (At.ToUnixTimeSeconds(), Rank(Status), IsVerdict && Previous is (Approved or Rejected) && Previous != Status, Status == Rejected, At);

    private const int VerdictRank = 2;

    private static int Rank(string status) => status switch
    {
        Received => 0,
        Approved or Rejected => VerdictRank,
        _ => 1,
    };
}
