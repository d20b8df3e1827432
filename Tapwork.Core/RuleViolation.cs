namespace Tapwork.Core;

/// <summary>One rule that was not kept.</summary>
/// <param name="Rule">Dotted name, e.g. <c>intervention.photos_missing</c>; screens translate it, the API answers it.</param>
/// <param name="Field">The input it concerns, in the name of the record's property; null when it concerns the whole.</param>
/// <param name="Args">Figures and words the text of the rule is filled with.</param>
public sealed record Violation(string Rule, string? Field = null, params object[] Args);

/// <summary>A refusal: nothing was changed, and each broken rule is named.</summary>
public sealed class RuleViolation(IReadOnlyList<Violation> violations)
    : Exception(string.Join(", ", violations.Select(v => v.Field is null ? v.Rule : $"{v.Rule} ({v.Field})")))
{
    public RuleViolation(string rule, string? field = null, params object[] args) : this([new Violation(rule, field, args)]) { }

    /// <summary>At least one; the first is the one to tell when there is room for one only.</summary>
    public IReadOnlyList<Violation> Violations { get; } = violations;

    /// <summary>The name of the first broken rule.</summary>
    public string Rule => Violations[0].Rule;

    /// <summary>Throws when the list holds anything.</summary>
    public static void ThrowIfAny(IReadOnlyList<Violation> violations)
    {
        if (violations.Count > 0)
            throw new RuleViolation(violations);
    }
}
