using Microsoft.Extensions.Localization;
using Tapwork.Core.Interventions;

namespace Tapwork.Web.Interventions;

/// <summary>The fields of an intervention in the words of the screen.</summary>
internal static class FieldWords
{
    /// <summary>Whether the sheet or its editor shows such a field.</summary>
    public static bool IsKnown(string field) =>
        InterventionForm.Fields.Contains(field) || InterventionForm.RowOf(field) >= 0
        || field is nameof(Intervention.Equipment) or nameof(Intervention.Photos) or nameof(Intervention.Documents);

    /// <summary>Its label; a row's with its number; a partner's own path as it is.</summary>
    public static string Label(IStringLocalizer texts, string field)
    {
        if (InterventionForm.RowOf(field) is >= 0 and var row)
            return texts["details.equipment_row", row + 1, texts[$"equipment.{field[(field.LastIndexOf('.') + 1)..]}"]];
        return texts[$"details.{field}"] is { ResourceNotFound: false } known ? known.Value : field;
    }

    /// <summary>Labels of all fields of a form with so many rows, by id.</summary>
    public static Dictionary<string, string> Labels(IStringLocalizer texts, int rows)
    {
        var fields = InterventionForm.Fields.Append(InterventionForm.Company).Append(nameof(Intervention.Equipment))
            .Concat(Enumerable.Range(0, rows).SelectMany(row => (string[])[
                InterventionForm.Cell(row, nameof(Equipment.Name)), InterventionForm.Cell(row, nameof(Equipment.Model)),
                InterventionForm.Cell(row, nameof(Equipment.SerialNumber)), InterventionForm.Cell(row, nameof(Equipment.Quantity))]));
        return fields.ToDictionary(f => f, f => Label(texts, f));
    }
}
