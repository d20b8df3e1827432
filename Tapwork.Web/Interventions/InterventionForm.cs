using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Tapwork.Core.Interventions;
using Tapwork.Web.Controls;

namespace Tapwork.Web.Interventions;

/// <summary>What stands in the editor's fields, as typed; a field's id is the name of the property it becomes, e.g. <c>Equipment[0].Name</c>.</summary>
public sealed partial class InterventionForm
{
    /// <summary>The version the person had before their eyes; it travels with the draft.</summary>
    public const string SeenVersion = "SeenVersion";

    public const string Company = nameof(Intervention.CompanyId);
    public const int MostRows = 50;

    /// <summary>The fields that are not rows of a list, in reading order.</summary>
    public static readonly ImmutableArray<string> Fields =
    [
        nameof(InterventionDetails.FirstName), nameof(InterventionDetails.LastName), nameof(InterventionDetails.Email), nameof(InterventionDetails.Phone),
        nameof(InterventionDetails.Street), nameof(InterventionDetails.PostalCode), nameof(InterventionDetails.City), nameof(InterventionDetails.Pdl),
        nameof(InterventionDetails.Pce), nameof(InterventionDetails.OperationCode), nameof(InterventionDetails.EngagedOn),
        nameof(InterventionDetails.CompletedOn), nameof(InterventionDetails.Notes),
    ];

    private static readonly string[] Columns =
        [nameof(Equipment.Name), nameof(Equipment.Model), nameof(Equipment.SerialNumber), nameof(Equipment.Quantity)];

    private readonly Dictionary<string, string> _texts = [];

    public int Rows { get; private set; } = 1;

    public string this[string field]
    {
        get => _texts.GetValueOrDefault(field, field.EndsWith($".{nameof(Equipment.Quantity)}", StringComparison.Ordinal) ? "1" : "");
        set => _texts[field] = value;
    }

    public static string Cell(int row, string column) => $"{nameof(InterventionDetails.Equipment)}[{row}].{column}";

    public static InterventionForm Of(InterventionDetails details, long version)
    {
        var form = new InterventionForm { [SeenVersion] = version.ToString(CultureInfo.InvariantCulture), Rows = Math.Max(1, details.Equipment.Count) };
        foreach (var field in Fields)
            form[field] = Show(details, field);
        for (var row = 0; row < details.Equipment.Count; row++)
            form.SetRow(row, details.Equipment[row]);
        return form;
    }

    /// <summary>What a draft holds; ids it does not know are left aside.</summary>
    public static InterventionForm Of(IReadOnlyDictionary<string, string> texts)
    {
        var form = new InterventionForm { Rows = Math.Clamp(texts.Keys.Select(RowOf).DefaultIfEmpty(0).Max() + 1, 1, MostRows) };
        foreach (var (field, text) in texts)
            if (Fields.Contains(field) || field is SeenVersion or Company || RowOf(field) >= 0)
                form[field] = text;
        return form;
    }

    public InterventionForm Copy() => Of(_texts);

    public void AddRow() => Rows = Math.Min(Rows + 1, MostRows);

    /// <summary>Takes a row out; those after it move up, and one stays.</summary>
    public void RemoveRow(int row)
    {
        for (var at = row; at < Rows; at++)
            foreach (var column in Columns)
                if (at + 1 < Rows)
                    this[Cell(at, column)] = this[Cell(at + 1, column)];
                else
                    _texts.Remove(Cell(at, column));
        Rows = Math.Max(1, Rows - 1);
    }

    /// <summary>Rows of the equipment as the form of another has them.</summary>
    public void TakeRows(InterventionForm other)
    {
        foreach (var field in _texts.Keys.Where(f => RowOf(f) >= 0).ToList())
            _texts.Remove(field);
        Rows = other.Rows;
        for (var row = 0; row < Rows; row++)
            foreach (var column in Columns)
                this[Cell(row, column)] = other[Cell(row, column)];
    }

    /// <summary>Puts what was typed into the shape it is kept in, once the field is right.</summary>
    public void Tidy(string field, InterventionDetails read)
    {
        if (Fields.Contains(field))
            this[field] = Show(read, field);
        else if (RowOf(field) >= 0)
            this[field] = this[field].Trim();
    }

    /// <summary>Where a field stands on the page, for telling what is wrong in reading order.</summary>
    public static int PlaceOf(string? field) => field switch
    {
        null or Company => -1,
        nameof(InterventionDetails.Notes) => int.MaxValue,
        _ => Fields.IndexOf(field) is >= 0 and var place ? place : Fields.Length + Math.Max(0, RowOf(field)),
    };

    /// <summary>Row of an equipment field, or -1.</summary>
    internal static int RowOf(string field) => RowPattern().Match(field) is { Success: true } found ? int.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture) : -1;

    internal static string Show(InterventionDetails details, string field) => field switch
    {
        nameof(InterventionDetails.Phone) => ShowPhone(details.Phone),
        nameof(InterventionDetails.EngagedOn) => TypedDate.Show(details.EngagedOn),
        nameof(InterventionDetails.CompletedOn) => TypedDate.Show(details.CompletedOn),
        _ => typeof(InterventionDetails).GetProperty(field)!.GetValue(details) as string ?? "",
    };

    // +33612345678 as people write it: 06 12 34 56 78.
    private static string ShowPhone(string? phone) => phone is { Length: 12 } && phone.StartsWith("+33", StringComparison.Ordinal)
        ? $"0{phone[3]} {phone[4..6]} {phone[6..8]} {phone[8..10]} {phone[10..12]}"
        : phone ?? "";

    private void SetRow(int row, Equipment item)
    {
        this[Cell(row, nameof(Equipment.Name))] = item.Name;
        this[Cell(row, nameof(Equipment.Model))] = item.Model ?? "";
        this[Cell(row, nameof(Equipment.SerialNumber))] = item.SerialNumber ?? "";
        this[Cell(row, nameof(Equipment.Quantity))] = item.Quantity.ToString(CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^Equipment\[([0-9]{1,2})\]\.(Name|Model|SerialNumber|Quantity)$")]
    private static partial Regex RowPattern();
}
