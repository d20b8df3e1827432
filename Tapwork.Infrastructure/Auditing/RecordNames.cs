using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Catalogue;
using Tapwork.Core.Companies;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Documents;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>What people call the records that entries are about.</summary>
internal static class RecordNames
{
    /// <summary>Reference or name by kind and id; without those that no longer exist.</summary>
    public static async Task<Dictionary<(string, string), string>> ReadAsync(TapworkDbContext db, IEnumerable<(string Type, string Id)> records, CancellationToken cancel)
    {
        var names = new Dictionary<(string, string), string>();
        foreach (var kind in records.Distinct().GroupBy(r => r.Type))
        {
            var ids = kind.Select(r => Guid.TryParse(r.Id, out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty).ToList();
            foreach (var (id, name) in await NamesOf(db, kind.Key, ids).ToListAsync(cancel))
                names[(kind.Key, id.ToString())] = name;
            if (kind.Key == nameof(Delivery))
                foreach (var (_, id) in kind)
                    names[(kind.Key, id)] = string.Create(CultureInfo.InvariantCulture, $"#{id}");
        }
        return names;
    }

    /// <summary>Names of people, companies, interventions and integrations by their identifiers.</summary>
    public static async Task<IReadOnlyDictionary<Guid, string>> OfAnyAsync(TapworkDbContext db, IEnumerable<Guid> identifiers, CancellationToken cancel)
    {
        var ids = identifiers.Distinct().ToList();
        var names = new Dictionary<Guid, string>();
        if (ids.Count > 0)
            foreach (var type in (string[])[nameof(Person), nameof(Company), nameof(Intervention), nameof(Integration)])
                foreach (var (id, name) in await NamesOf(db, type, ids).ToListAsync(cancel))
                    names[id] = name;
        return names;
    }

    /// <summary>Kind and key of the record that is called so: a reference, a delivery's number behind #, or an identifier.</summary>
    public static async Task<(string Type, string Id)?> FindAsync(TapworkDbContext db, IReadOnlyList<string> kinds, string text, CancellationToken cancel)
    {
        if (text.StartsWith('#') && long.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return (nameof(Delivery), text[1..]);
        if (Guid.TryParse(text, out var id))
            return await db.AuditEntries.Where(e => e.Sequence != null && kinds.Contains(e.RecordType) && e.RecordId == id.ToString()).Select(e => e.RecordType).FirstOrDefaultAsync(cancel) is { } type ? (type, id.ToString()) : null;
        var reference = text.ToUpperInvariant();
        return await db.Interventions.Where(i => i.Reference == reference).Select(i => (Guid?)i.Id).FirstOrDefaultAsync(cancel) is { } intervention
            ? (nameof(Intervention), intervention.ToString()) : null;
    }

    private static IQueryable<NamedRecord> NamesOf(TapworkDbContext db, string type, List<Guid> ids) => type switch
    {
        nameof(Intervention) => db.Interventions.Where(r => ids.Contains(r.Id)).Select(r => new NamedRecord(r.Id, r.Reference)),
        nameof(Dossier) => db.Dossiers.Where(r => ids.Contains(r.Id))
            .Select(r => new NamedRecord(r.Id, db.Interventions.Where(i => i.Id == r.InterventionId).Select(i => i.Reference).First() + " r" + r.Revision)),
        nameof(Photo) => db.Photos.Where(r => ids.Contains(r.Id)).Select(r => new NamedRecord(r.Id, db.Interventions.Where(i => i.Id == r.InterventionId).Select(i => i.Reference).First())),
        nameof(SignedDocument) => db.Documents.Where(r => ids.Contains(r.Id))
            .Select(r => new NamedRecord(r.Id, db.Interventions.Where(i => i.Id == r.InterventionId).Select(i => i.Reference).First())),
        nameof(Company) => db.Companies.Where(r => ids.Contains(r.Id)).Select(r => new NamedRecord(r.Id, r.Name)),
        nameof(Operation) => db.Operations.Where(r => ids.Contains(r.Id)).Select(r => new NamedRecord(r.Id, r.Code)),
        nameof(Integration) => db.Integrations.Where(r => ids.Contains(r.Id)).Select(r => new NamedRecord(r.Id, r.Name)),
        // An account's login has the person's id.
        nameof(Person) or nameof(Login) => db.People.Where(r => ids.Contains(r.Id)).Select(r => new NamedRecord(r.Id, r.Name)),
        _ => db.People.Where(_ => false).Select(r => new NamedRecord(r.Id, r.Name)),
    };

    private sealed record NamedRecord(Guid Id, string Name);
}
