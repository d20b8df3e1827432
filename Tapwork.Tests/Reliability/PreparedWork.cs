using System.Text;
using Tapwork.Core.Accounts;
using Tapwork.Core.Catalogue;
using Tapwork.Core.Companies;
using Tapwork.Core.Documents;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Infrastructure.Sandbox;

namespace Tapwork.Tests.Reliability;

/// <summary>Interventions that stand at "invoice sent" with real files behind them: signed documents of their own, and photos they share.</summary>
internal static class PreparedWork
{
    /// <summary>Two documents and four photos.</summary>
    public const int FilesEach = 6;

    private const int AtOnce = 100;
    private static readonly PhotoKind[] Photos = [PhotoKind.Before, PhotoKind.After, PhotoKind.Application, PhotoKind.Meter];

    public static async Task AddAsync(Database database, string filesFolder, int count, CancellationToken cancel)
    {
        var (store, now) = (new FolderFileStore(new FileSettings { Folder = filesFolder }, TimeProvider.System), TimeProvider.System.GetUtcNow());
        var photos = new List<FileRef>();
        for (byte i = 0; i < Photos.Length; i++)
            photos.Add(await store.PutAsync(new MemoryStream(DemoEvidence.Picture(160, 120, (byte)(40 * i), 120, 90)), $"{Photos[i]}.png", FileContent.LargestPhoto, cancel));
        var company = Company.Register("Éco-Chaleur Lyon", "73282932000074", now);
        var office = Person.Create("Claire Martin", "office@example.com", Role.Office, null, "fr", now);
        // An account of long ago: no mail about it is on its way.
        office.TakeEvents();
        await database.WriteAsync(Actor.System("test"), db =>
        {
            db.Companies.Add(company);
            db.People.Add(office);
            db.Operations.Add(Operation.Add("BAR-TH-173", "Régulation par programmation horaire pièce par pièce", true, null));
            return Task.CompletedTask;
        }, cancel);
        var by = new Actor(office.Id, office.Name, office.Role, null, null, null, Actor.NewCorrelationId());
        foreach (var numbers in Enumerable.Range(1, count).Chunk(AtOnce))
        {
            var ready = new List<Intervention>();
            foreach (var number in numbers)
                ready.Add(Ready(number, company.Id, by, photos, await SignedAsync(store, "Facture", number, cancel), await SignedAsync(store, "Contrat", number, cancel), now));
            await database.WriteAsync(Actor.System("test"), db =>
            {
                db.Interventions.AddRange(ready);
                return Task.CompletedTask;
            }, cancel);
        }
    }

    private static Task<FileRef> SignedAsync(FolderFileStore store, string title, int number, CancellationToken cancel) =>
        store.PutAsync(new MemoryStream(DemoEvidence.Document($"{title} {number}")), $"{title.ToLowerInvariant()}-{number}.pdf", FileContent.LargestDocument, cancel);

    private static Intervention Ready(int number, Guid company, Actor by, List<FileRef> photos, FileRef invoice, FileRef contract, DateTimeOffset now)
    {
        var details = Given.Details() with { LastName = $"Durand {Word(number)}", Email = $"beneficiaire{number}@example.com" };
        var intervention = Intervention.Enter($"INT-2026-{number:000000}", company, details, needsQuote: false, by, now);
        intervention.RecordPdlCheck(intervention.Pdl!, PdlState.Valid);
        intervention.RecordAccountCheck(intervention.Email, AccountState.Exists);
        intervention.Start(by, now);
        for (var i = 0; i < photos.Count; i++)
            intervention.AddPhoto(Photos[i], photos[i], new Geotag(45.76, 4.85, 12, GeotagSource.Browser), now.AddHours(-1), now);
        intervention.AddDocument(DocumentKind.Invoice, invoice, Actor.System("test"), now);
        intervention.AddDocument(DocumentKind.SymphonicsContract, contract, Actor.System("test"), now);
        intervention.SendDocuments(by, now);
        return intervention;
    }

    // Names hold no digits.
    private static string Word(int number)
    {
        var word = new StringBuilder();
        for (var rest = number; rest > 0; rest /= 26)
            word.Append((char)('a' + (rest % 26)));
        return word.ToString();
    }
}
