using System.Text.RegularExpressions;

namespace Tapwork.Core.Catalogue;

/// <summary>A sheet of the CEE catalogue, or work outside it, that an intervention carries out.</summary>
public sealed partial class Operation : Entity
{
    private Operation() { }

    /// <summary>E.g. <c>BAR-TH-173</c>. Source: the ministry's catalogue of standardised operations.</summary>
    public string Code { get; private set; } = "";

    public string Title { get; private set; } = "";

    /// <summary>The signed quote proves the date of engagement of a CEE operation.</summary>
    public bool NeedsQuote { get; private set; }

    /// <summary>Last day on which it may be engaged; null while the sheet has no end.</summary>
    public DateOnly? EngagedUntil { get; private set; }

    public static Operation Add(string code, string title, bool needsQuote, DateOnly? engagedUntil)
    {
        if (!CodePattern().IsMatch(code))
            throw new RuleViolation("operation.code_malformed", nameof(Code));
        return new Operation { Code = code, Title = title, NeedsQuote = needsQuote, EngagedUntil = engagedUntil };
    }

    /// <summary>Whether work under it may be engaged on that day.</summary>
    public bool IsOpenOn(DateOnly engagement) => EngagedUntil is not { } last || engagement <= last;

    [GeneratedRegex("^(BAR|BAT|IND|RES|AGRI|TRA)-[A-Z]{2}-[0-9]{3}$")]
    private static partial Regex CodePattern();
}
