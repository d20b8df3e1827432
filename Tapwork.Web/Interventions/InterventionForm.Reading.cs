using System.Globalization;
using Tapwork.Core;
using Tapwork.Core.Interventions;
using Tapwork.Web.Controls;

namespace Tapwork.Web.Interventions;

/// <summary>From text to what is entered, and what differs between two forms.</summary>
public sealed partial class InterventionForm
{
    /// <summary>What the form says, in canonical form, with every broken rule at the id of its field. Rows nobody filled in are passed over.</summary>
    public (InterventionDetails Read, IReadOnlyList<Violation> Broken) Read(DateTimeOffset now)
    {
        var unread = new List<Violation>();
        var rows = Enumerable.Range(0, Rows).Where(row => !IsBlank(row)).ToList();
        var details = new InterventionDetails
        {
            FirstName = this[nameof(InterventionDetails.FirstName)],
            LastName = this[nameof(InterventionDetails.LastName)],
            Email = this[nameof(InterventionDetails.Email)],
            Phone = this[nameof(InterventionDetails.Phone)],
            Street = this[nameof(InterventionDetails.Street)],
            PostalCode = this[nameof(InterventionDetails.PostalCode)],
            City = this[nameof(InterventionDetails.City)],
            Pdl = this[nameof(InterventionDetails.Pdl)],
            Pce = this[nameof(InterventionDetails.Pce)],
            OperationCode = this[nameof(InterventionDetails.OperationCode)],
            EngagedOn = ReadDay(nameof(InterventionDetails.EngagedOn), now, unread),
            CompletedOn = ReadDay(nameof(InterventionDetails.CompletedOn), now, unread),
            Notes = this[nameof(InterventionDetails.Notes)],
            Equipment = [.. rows.Select(row => ReadRow(row, unread))],
        };
        var (read, broken) = details.Check(now);
        return (read, [.. broken.Select(b => Relocated(b, rows)), .. unread]);
    }

    /// <summary>Fields (rows of equipment as one: <c>Equipment</c>) in which the other says something else.</summary>
    public IEnumerable<string> DifferencesFrom(InterventionForm other)
    {
        foreach (var field in Fields)
            if (this[field].Trim() != other[field].Trim())
                yield return field;
        if (SayRows() != other.SayRows())
            yield return nameof(InterventionDetails.Equipment);
    }

    /// <summary>The equipment in one line each.</summary>
    public string SayRows() => string.Join('\n', Enumerable.Range(0, Rows).Where(row => !IsBlank(row)).Select(row =>
        $"{this[Cell(row, nameof(Equipment.Quantity))].Trim()} × " + string.Join(", ", Columns.Take(3).Select(c => this[Cell(row, c)].Trim()).Where(t => t.Length > 0))));

    /// <summary>A field, or all rows, in words.</summary>
    public string Say(string field) => field == nameof(InterventionDetails.Equipment) ? SayRows() : this[field].Trim();

    public bool IsBlank(int row) => Columns.Take(3).All(c => string.IsNullOrWhiteSpace(this[Cell(row, c)]));

    private DateOnly? ReadDay(string field, DateTimeOffset now, List<Violation> unread)
    {
        if (string.IsNullOrWhiteSpace(this[field]))
            return null;
        if (TypedDate.TryRead(this[field], Paris.DayOf(now), out var day))
            return day;
        unread.Add(new Violation("date.malformed", field));
        return null;
    }

    private Equipment ReadRow(int row, List<Violation> unread)
    {
        var text = Field.WithoutBlanks(this[Cell(row, nameof(Equipment.Quantity))]);
        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var quantity);
        if (!isNumber)
            unread.Add(new Violation("equipment.quantity_out_of_range", Cell(row, nameof(Equipment.Quantity))));
        return new Equipment(this[Cell(row, nameof(Equipment.Name))], this[Cell(row, nameof(Equipment.Model))], this[Cell(row, nameof(Equipment.SerialNumber))], isNumber ? quantity : 1);
    }

    // The check counts the rows that are filled in; the screen shows the others between them.
    private static Violation Relocated(Violation broken, List<int> rows) =>
        broken.Field is { } field && RowOf(field) is >= 0 and var counted && counted < rows.Count
            ? broken with { Field = $"{nameof(InterventionDetails.Equipment)}[{rows[counted]}]{field[field.IndexOf(']', StringComparison.Ordinal)..][1..]}" }
            : broken;
}
