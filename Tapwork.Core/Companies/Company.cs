namespace Tapwork.Core.Companies;

/// <summary>An installer company that works with the back office.</summary>
public sealed class Company : Entity
{
    private Company() { }

    public string Name { get; private set; } = "";

    /// <summary>14 digits, no blanks.</summary>
    public string Siret { get; private set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    public static Company Register(string name, string siret, DateTimeOffset now)
    {
        var broken = new List<Violation>();
        var company = new Company
        {
            Name = Field.Required(name, nameof(Name), 100, broken),
            Siret = Companies.Siret.Read(siret, nameof(Siret), broken),
            CreatedAt = now,
        };
        RuleViolation.ThrowIfAny(broken);
        company.Raise(new CompanyRegistered(company.Id));
        return company;
    }
}

public sealed record CompanyRegistered(Guid Subject) : DomainEvent(Subject)
{
    public override string Topic => "company.registered";
}
