using Tapwork.Core.Accounts;
using Tapwork.Core.Documents;
using Tapwork.Core.Interventions;

namespace Tapwork.Tests;

/// <summary>Valid objects in one phrase.</summary>
public static class Given
{
    public static readonly DateTimeOffset Now = new(2026, 11, 24, 9, 0, 0, TimeSpan.Zero);

    public static readonly Actor Office = new(Guid.Parse("0199c000-0000-7000-8000-000000000001"), "Claire Martin", Role.Office, null, "127.0.0.1", "test", "c1");

    public static InterventionDetails Details() => new()
    {
        FirstName = "Jeanne",
        LastName = "Durand",
        Email = "test.user@example.com",
        Phone = "06 12 34 56 78",
        Street = "12 rue des Lilas",
        PostalCode = "69003",
        City = "Lyon",
        Pdl = "12345678901234",
        OperationCode = "BAR-TH-173",
        EngagedOn = new DateOnly(2026, 11, 2),
        CompletedOn = new DateOnly(2026, 11, 20),
        Equipment = [new Equipment("Thermostat connecté", "T200", "SN-1", 1)],
    };

    /// <summary>Just entered by the office.</summary>
    public static Intervention Intervention(Guid? company = null, string reference = "INT-2026-000001", bool needsQuote = false) =>
        Core.Interventions.Intervention.Enter(reference, company ?? Guid.CreateVersion7(), Details(), needsQuote, Office, Now);

    /// <summary>In progress, with everything the finalising asks for.</summary>
    public static Intervention ReadyToFinalise(this Intervention intervention)
    {
        intervention.Start(Office, Now);
        intervention.RecordPdlCheck(intervention.Pdl!, PdlState.Valid);
        intervention.RecordAccountCheck(intervention.Email, AccountState.Exists);
        foreach (var kind in (PhotoKind[])[PhotoKind.Before, PhotoKind.After, PhotoKind.Application, PhotoKind.Meter])
            intervention.AddPhoto(kind, Picture(kind.ToString()), new Geotag(45.76, 4.85, 12, GeotagSource.Browser), Now, Now);
        return intervention;
    }

    /// <summary>Documents sent, signed ones uploaded: "installation done" is next.</summary>
    public static Intervention ReadyToComplete(this Intervention intervention)
    {
        intervention.ReadyToFinalise().SendDocuments(Office, Now);
        intervention.AddDocument(DocumentKind.Invoice, Pdf("facture.pdf"), Office, Now);
        intervention.AddDocument(DocumentKind.SymphonicsContract, Pdf("contrat.pdf"), Office, Now);
        return intervention;
    }

    /// <summary>A valid SIRET, another one for each number.</summary>
    public static string Siret(int number) =>
        Enumerable.Range(0, 10).Select(check => $"{number:0000000000000}{check}").First(Core.Companies.Siret.IsValid);

    public static FileRef Picture(string name) => new(new string('a', 63) + (name.Length % 10), 1000, "image/jpeg", name + ".jpg");

    public static FileRef Pdf(string name) => new(new string('b', 63) + (name.Length % 10), 1000, "application/pdf", name);
}
