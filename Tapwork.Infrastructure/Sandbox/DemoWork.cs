using Bogus;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Documents;
using Tapwork.Core.Interventions;
using static Tapwork.Core.Interventions.InterventionStatus;

namespace Tapwork.Infrastructure.Sandbox;

/// <summary>Made-up beneficiaries and homes, and the moves that bring their interventions where the demo wants them.</summary>
internal static class DemoWork
{
    /// <summary>How far each one gets; InstallationDone then goes to Symphonics by itself.</summary>
    public static readonly IReadOnlyList<InterventionStatus> Targets =
    [
        InvoiceSent, ToProcess, InProgress, InstallationDone, QuoteSent, InstallationDone, QuoteSigned, InProgress, ToProcess, InstallationDone,
        InvoiceSent, InProgress, InstallationDone, Cancelled, QuoteSent, ToProcess, InstallationDone, InProgress, InvoiceSent, InstallationDone,
        ToProcess, InProgress, InstallationDone, QuoteSigned,
    ];

    private static readonly string[] Codes = ["BAR-TH-173", "BAR-TH-176", "BAR-TH-148", "BAR-TH-158", "BAR-TH-171"];
    private static readonly (string PostalCode, string City)[] Places =
        [("69003", "Lyon"), ("69100", "Villeurbanne"), ("38000", "Grenoble"), ("42000", "Saint-Étienne"), ("01000", "Bourg-en-Bresse"), ("26000", "Valence")];

    public static InterventionDetails Ready(DateTimeOffset now) => new()
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
        EngagedOn = Paris.DayOf(now).AddDays(-21),
        CompletedOn = Paris.DayOf(now).AddDays(-2),
        Equipment = [new Equipment("Thermostat connecté", "T200", "SN-2026-0001", 1)],
    };

    public static InterventionDetails Some(Faker faker, int number, DateTimeOffset now)
    {
        var (first, last, place) = (faker.Name.FirstName(), faker.Name.LastName(), Places[number % Places.Length]);
        return new InterventionDetails
        {
            FirstName = first,
            LastName = last,
            Email = $"beneficiaire{number:00}@example.com",
            Phone = $"06{faker.Random.ReplaceNumbers("########")}",
            Street = $"{faker.Random.Int(1, 140)} {faker.Address.StreetName()}",
            PostalCode = place.PostalCode,
            City = place.City,
            Pdl = $"0{faker.Random.ReplaceNumbers("#############")}",
            Pce = number % 5 == 0 ? $"GI{faker.Random.ReplaceNumbers("######")}" : null,
            OperationCode = number % 7 == 1 ? "BAR-EQ-115" : Codes[number % Codes.Length],
            EngagedOn = number % 7 == 1 ? null : Paris.DayOf(now).AddDays(-30 - number),
            CompletedOn = Paris.DayOf(now).AddDays(-1 - (number % 9)),
            Equipment = [new Equipment(faker.PickRandom("Thermostat connecté", "Module de régulation", "Ballon 200 L", "Radiateur Aterno"), $"M{number}0", $"SN-{number:0000}", 1)],
        };
    }

    /// <summary>Moves it on its way, by the same verbs as people, up to the target or to "invoice sent" with all that "installation done" needs.</summary>
    public static void Bring(Intervention intervention, InterventionStatus target, Actor by, DemoEvidence evidence, DateTimeOffset now)
    {
        if (target == ToProcess)
            return;
        intervention.RecordPdlCheck(intervention.Pdl!, PdlState.Valid);
        intervention.RecordAccountCheck(intervention.Email, AccountState.Exists);
        intervention.Start(by, now);
        if (target == Cancelled)
            intervention.Cancel("Le bénéficiaire a renoncé aux travaux.", by, now);
        if (target is InProgress or Cancelled)
            return;
        if (intervention.NeedsQuote)
        {
            intervention.SendQuote(by, now);
            if (target == QuoteSent)
                return;
            intervention.SignQuote(intervention.EngagedOn!.Value, by, now);
        }
        if (target is QuoteSent or QuoteSigned)
            return;
        AddEvidence(intervention, evidence, now);
        intervention.SendDocuments(by, now);
    }

    private static void AddEvidence(Intervention intervention, DemoEvidence evidence, DateTimeOffset now)
    {
        var kinds = new List<PhotoKind> { PhotoKind.Before, PhotoKind.After, PhotoKind.Application, PhotoKind.Meter };
        if (intervention.Pce is not null)
            kinds.Add(PhotoKind.Meter);
        foreach (var kind in kinds)
            intervention.AddPhoto(kind, evidence.Photos[kind], new Geotag(45.7578, 4.8320, 12, GeotagSource.Browser), now.AddHours(-30), now);
        intervention.AddDocument(DocumentKind.Invoice, evidence.Invoice, Actor.System("demo"), now);
        intervention.AddDocument(DocumentKind.SymphonicsContract, evidence.Contract, Actor.System("demo"), now);
    }
}
