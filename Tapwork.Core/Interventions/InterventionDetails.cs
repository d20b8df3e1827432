using System.Text.RegularExpressions;

namespace Tapwork.Core.Interventions;

/// <summary>What a person enters of an intervention, as typed.</summary>
public sealed partial record InterventionDetails
{
    public string? FirstName { get; init; }
    public string? LastName { get; init; }
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? Street { get; init; }
    public string? PostalCode { get; init; }
    public string? City { get; init; }
    public string? Pdl { get; init; }
    public string? Pce { get; init; }

    /// <summary>Code of an operation of the catalogue.</summary>
    public string? OperationCode { get; init; }

    /// <summary>The quote's signature: the date of engagement.</summary>
    public DateOnly? EngagedOn { get; init; }

    public DateOnly? CompletedOn { get; init; }
    public string? Notes { get; init; }
    public IReadOnlyList<Equipment> Equipment { get; init; } = [];

    /// <summary>The same, trimmed and in canonical form, with every broken rule noted.</summary>
    public (InterventionDetails Read, IReadOnlyList<Violation> Broken) Check(DateTimeOffset now)
    {
        var broken = new List<Violation>();
        var read = this with
        {
            FirstName = Field.Required(FirstName, nameof(FirstName), 100, broken),
            LastName = Field.Required(LastName, nameof(LastName), 100, broken),
            Email = Accounts.Email.Read(Email, nameof(Email), broken),
            Phone = PhoneNumber.Read(Phone, nameof(Phone), broken),
            Street = Field.Required(Street, nameof(Street), 200, broken),
            PostalCode = Field.WithoutBlanks(PostalCode),
            City = Field.Required(City, nameof(City), 100, broken),
            Pdl = Interventions.Pdl.Read(Pdl, nameof(Pdl), broken),
            Pce = Interventions.Pce.Read(Pce, nameof(Pce), broken),
            OperationCode = Field.Required(OperationCode, nameof(OperationCode), 20, broken),
            Notes = Field.Optional(Notes, nameof(Notes), 1000, broken),
            Equipment = [.. Equipment.Select((item, row) => item.Read($"{nameof(Equipment)}[{row}]", broken))],
        };
        if (!PostalCodePattern().IsMatch(read.PostalCode))
            broken.Add(new Violation(read.PostalCode.Length == 0 ? "field.required" : "postal_code.malformed", nameof(PostalCode)));
        CheckDates(now, broken);
        return (read, broken);
    }

    // Order of the trade's dates: quote signature ≤ completion; completed not in the future and at most five years back.
    private void CheckDates(DateTimeOffset now, List<Violation> broken)
    {
        var today = Paris.DayOf(now);
        if (CompletedOn > today)
            broken.Add(new Violation("intervention.completion_in_future", nameof(CompletedOn)));
        if (CompletedOn < today.AddYears(-5))
            broken.Add(new Violation("intervention.completion_too_old", nameof(CompletedOn)));
        if (EngagedOn > today)
            broken.Add(new Violation("intervention.engagement_in_future", nameof(EngagedOn)));
        if (EngagedOn > CompletedOn)
            broken.Add(new Violation("intervention.engaged_after_completion", nameof(EngagedOn)));
    }

    [GeneratedRegex("^[0-9]{5}$")]
    private static partial Regex PostalCodePattern();
}

/// <summary>One kind of thing installed.</summary>
/// <param name="Quantity">1 to 100 pieces.</param>
public sealed record Equipment(string Name, string? Model, string? SerialNumber, int Quantity)
{
    internal Equipment Read(string field, List<Violation> broken)
    {
        if (Quantity is < 1 or > 100)
            broken.Add(new Violation("equipment.quantity_out_of_range", $"{field}.{nameof(Quantity)}"));
        return this with
        {
            Name = Field.Required(Name, $"{field}.{nameof(Name)}", 100, broken),
            Model = Field.Optional(Model, $"{field}.{nameof(Model)}", 100, broken),
            SerialNumber = Field.Optional(SerialNumber, $"{field}.{nameof(SerialNumber)}", 100, broken),
        };
    }
}
