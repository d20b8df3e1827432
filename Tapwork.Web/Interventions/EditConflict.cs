using Tapwork.Core.Interventions;

namespace Tapwork.Web.Interventions;

/// <summary>Two people edited at once: what differs, field by field, and which version each field will keep.</summary>
public sealed class EditConflict
{
    private readonly InterventionForm _theirs, _mine;

    private EditConflict(InterventionForm theirs, InterventionForm mine, IReadOnlyList<FieldVersions> fields) => (_theirs, _mine, Fields) = (theirs, mine, fields);

    public IReadOnlyList<FieldVersions> Fields { get; }

    /// <summary>Null when nothing the other changed stands against what is typed here.</summary>
    /// <param name="theirs">What is saved now.</param>
    /// <param name="mine">What is typed.</param>
    /// <param name="before">What both began from; null when it is no longer known.</param>
    public static EditConflict? Between(InterventionForm theirs, InterventionForm mine, InterventionForm? before)
    {
        if (before is not null && !theirs.DifferencesFrom(before).Any())
            return null;
        // What I left as it was follows the other; what I typed stays mine, unless I say otherwise.
        var changedByMe = before is null ? null : mine.DifferencesFrom(before).ToHashSet();
        var fields = mine.DifferencesFrom(theirs).Select(f => new FieldVersions(f, theirs.Say(f), mine.Say(f)) { KeepsMine = changedByMe?.Contains(f) ?? true }).ToList();
        return fields.Count == 0 ? null : new EditConflict(theirs, mine, fields);
    }

    public void KeepAll(bool mine)
    {
        foreach (var field in Fields)
            field.KeepsMine = mine;
    }

    /// <summary>The form as chosen, on top of the version that is saved now.</summary>
    public InterventionForm Merge()
    {
        var merged = _mine.Copy();
        merged[InterventionForm.SeenVersion] = _theirs[InterventionForm.SeenVersion];
        foreach (var field in Fields.Where(f => !f.KeepsMine))
            if (field.Field == nameof(InterventionDetails.Equipment))
                merged.TakeRows(_theirs);
            else
                merged[field.Field] = _theirs[field.Field];
        return merged;
    }
}

/// <summary>Both versions of one field.</summary>
public sealed record FieldVersions(string Field, string Theirs, string Mine)
{
    public bool KeepsMine { get; set; }
}
