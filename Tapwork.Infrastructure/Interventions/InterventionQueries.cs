using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Documents;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Dossiers;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Interventions;

public sealed class InterventionQueries(Database database)
{
    public const int PageSize = 50;

    /// <summary>Totals are exact up to here.</summary>
    public const int CountedExactly = 1000;

    /// <summary>One page, newest reference first, restricted to what the actor may see.</summary>
    public async Task<InterventionPage> ListAsync(Actor actor, InterventionFilter filter, CancellationToken cancel)
    {
        await using var db = database.Open(actor);
        var matching = db.Interventions.AsNoTracking().SeenBy(actor).Matching(db, filter.Search);
        if (filter.Status is { } status)
            matching = matching.Where(i => i.Status == status);
        if (filter.CompanyId is { } company)
            matching = matching.Where(i => i.CompanyId == company);
        if (filter.DossierState is { } dossier)
            matching = matching.Where(i => i.DossierState == dossier);
        var total = await matching.Take(CountedExactly + 1).CountAsync(cancel);
        var page = filter switch
        {
            { Before: { } before } => matching.Where(i => i.Reference.CompareTo(before) > 0).OrderBy(i => i.Reference),
            { After: { } after } => matching.Where(i => i.Reference.CompareTo(after) < 0).OrderByDescending(i => i.Reference),
            _ => matching.OrderByDescending(i => i.Reference),
        };
        var rows = await Rows(db, page.Take(PageSize + 1)).ToListAsync(cancel);
        var more = rows.Count > PageSize;
        if (more)
            rows.RemoveAt(PageSize);
        if (filter.Before is not null)
            rows.Reverse();
        return new InterventionPage(rows, total,
            HasPrevious: filter.Before is not null ? more : filter.After is not null,
            HasNext: filter.Before is not null || more);
    }

    /// <summary>The one an identifier names: its own id, that of one of its dossiers, or what the dossier is called outside (external id, partner's id).</summary>
    public async Task<IReadOnlyList<InterventionRow>> IdentifiedAsync(Actor actor, string identifier, CancellationToken cancel)
    {
        var isId = Guid.TryParse(identifier, out var id);
        var isOutside = identifier.Length >= 8 && identifier.Any(char.IsAsciiDigit) && identifier.Any(char.IsAsciiLetter) && !identifier.Any(char.IsWhiteSpace)
            && !identifier.StartsWith("INT-", StringComparison.OrdinalIgnoreCase);
        if (!isId && !isOutside)
            return [];
        await using var db = database.Open(actor);
        var named = db.Dossiers.Where(d => d.Id == id || d.ExternalId == identifier || d.PartnerId == identifier).Select(d => d.InterventionId);
        return await Rows(db, db.Interventions.AsNoTracking().SeenBy(actor).Where(i => i.Id == id || named.Contains(i.Id)).Take(2)).ToListAsync(cancel);
    }

    private static IQueryable<InterventionRow> Rows(TapworkDbContext db, IQueryable<Intervention> interventions) => interventions.Select(i => new InterventionRow(
        i.Id, i.Reference, i.FirstName + " " + i.LastName, i.PostalCode, i.City, i.OperationCode, i.Status, i.DossierState, i.PdlState, i.ChangedAt,
        db.Companies.Where(c => c.Id == i.CompanyId).Select(c => c.Name).First()));

    /// <summary>Everything a page shows of one; null when the actor may not see it.</summary>
    public async Task<InterventionSheet?> FindAsync(Actor actor, Guid id, CancellationToken cancel)
    {
        await using var db = database.Open(actor);
        var intervention = await db.Interventions.AsNoTracking().Include(i => i.Photos).Include(i => i.Documents).AsSplitQuery()
            .SeenBy(actor).SingleOrDefaultAsync(i => i.Id == id, cancel);
        if (intervention is null)
            return null;
        var company = await db.Companies.Where(c => c.Id == intervention.CompanyId).Select(c => c.Name).SingleAsync(cancel);
        var charge = await db.People.Where(p => p.Id == intervention.MovedBy).Select(p => p.Name).SingleOrDefaultAsync(cancel);
        var dossiers = await db.Dossiers.Where(d => d.InterventionId == id).OrderByDescending(d => d.Revision)
            .Select(d => new DossierRow(d.Id, d.Revision, d.State, d.IsStalled, d.Reason, d.FieldErrors, d.PartnerId, d.PartnerStatus, d.StateAt,
                db.Deliveries.Where(x => x.Subject == d.Id && x.Purpose == DossierOutcomes.Purpose).OrderByDescending(x => x.Id).Select(x => (long?)x.Id).FirstOrDefault(),
                db.Deliveries.Where(x => x.Subject == d.Id && x.Purpose == DossierOutcomes.PartnerPurpose).OrderBy(x => x.Id)
                    .Select(x => new DossierAtPartner(x.Id, db.Integrations.Where(i => i.Id == x.IntegrationId).Select(i => i.Name).First(), x.Status, x.PartnerStatus)).ToList()))
            .AsSplitQuery().ToListAsync(cancel);
        return new InterventionSheet(intervention.Id, intervention.Version, intervention.Reference, intervention.Status, company, charge, DetailsOf(intervention),
            intervention.PdlState, intervention.AccountState, intervention.NeedsQuote, intervention.IsEditable, intervention.IsCorrectable,
            [.. intervention.MissingToFinalise()], [.. intervention.MissingToComplete()],
            [.. intervention.Photos.OrderBy(p => p.AddedAt).Select(p => new PhotoRow(p.Id, p.Kind, p.Sha256, p.Name, p.TakenAt, p.Latitude, p.Longitude, p.Accuracy, p.GeotagSource))],
            [.. intervention.Documents.OrderBy(d => d.Kind).Select(d => new DocumentRow(d.Id, d.Kind, d.Sha256, d.Name, d.Size, d.AddedAt, d.CheckedAt is not null))],
            dossiers, intervention.CancelledBecause, intervention.ChangedAt)
        {
            CompanyId = intervention.CompanyId,
            AssignedTo = intervention.AssignedTo,
            Installer = await db.People.Where(p => p.Id == intervention.AssignedTo).Select(p => p.Name).SingleOrDefaultAsync(cancel),
        };
    }

    /// <summary>How many stand where.</summary>
    public async Task<IReadOnlyDictionary<InterventionStatus, int>> CountByStatusAsync(Actor actor, CancellationToken cancel)
    {
        await using var db = database.Open(actor);
        return await db.Interventions.SeenBy(actor).GroupBy(i => i.Status).Select(g => new { g.Key, Count = g.Count() })
            .ToDictionaryAsync(g => g.Key, g => g.Count, cancel);
    }

    /// <summary>A file of an intervention the actor may see, for showing it; null otherwise.</summary>
    public async Task<(FileRef File, Guid? IncomeProof)?> FindFileAsync(Actor actor, Guid id, string sha256, CancellationToken cancel)
    {
        await using var db = database.Open(actor);
        if (!await db.Interventions.SeenBy(actor).AnyAsync(i => i.Id == id, cancel))
            return null;
        // Of two photos with one content, the one that is sensitive.
        if (await db.Photos.Where(p => p.InterventionId == id && p.Sha256 == sha256).OrderByDescending(p => p.Kind == PhotoKind.IncomeProof).FirstOrDefaultAsync(cancel) is { } photo)
            return (new FileRef(photo.Sha256, photo.Size, photo.ContentType, photo.Name), photo.Kind == PhotoKind.IncomeProof ? photo.Id : null);
        return await db.Documents.Where(d => d.InterventionId == id && d.Sha256 == sha256).Select(d => new FileRef(d.Sha256, d.Size, "application/pdf", d.Name)).FirstOrDefaultAsync(cancel)
            is { } document ? (document, null) : null;
    }

    /// <summary>The installers it may be given to, by name: those of its company who may sign in. For the back office only.</summary>
    public async Task<IReadOnlyList<InstallerName>> InstallersAsync(Actor actor, Guid companyId, DateOnly today, CancellationToken cancel)
    {
        actor.MustBe(Role.Office, Role.Manager, Role.Admin);
        await using var db = database.Open(actor);
        return await db.People.Where(p => p.Role == Role.Installer && p.CompanyId == companyId && p.SuspendedAt == null && (p.ActiveUntil == null || p.ActiveUntil >= today))
            .OrderBy(p => p.Name).Select(p => new InstallerName(p.Id, p.Name)).ToListAsync(cancel);
    }

    private static InterventionDetails DetailsOf(Intervention i) => new()
    {
        FirstName = i.FirstName,
        LastName = i.LastName,
        Email = i.Email,
        Phone = i.Phone,
        Street = i.Street,
        PostalCode = i.PostalCode,
        City = i.City,
        Pdl = i.Pdl,
        Pce = i.Pce,
        OperationCode = i.OperationCode,
        EngagedOn = i.EngagedOn,
        CompletedOn = i.CompletedOn,
        Notes = i.Notes,
        Equipment = i.Equipment,
    };
}

/// <param name="After">Reference of the last row of the page before.</param>
/// <param name="Before">Reference of the first row of the page after.</param>
public sealed record InterventionFilter(
    string? Search = null, InterventionStatus? Status = null, Guid? CompanyId = null, DossierState? DossierState = null, string? After = null, string? Before = null);

/// <param name="Total">Exact up to 1,000; 1,001 says more.</param>
public sealed record InterventionPage(IReadOnlyList<InterventionRow> Rows, int Total, bool HasPrevious, bool HasNext);

public sealed record InterventionRow(
    Guid Id, string Reference, string Name, string PostalCode, string City, string OperationCode, InterventionStatus Status, DossierState? DossierState,
    PdlState PdlState, DateTimeOffset ChangedAt, string Company);

public sealed record InterventionSheet(
    Guid Id, long Version, string Reference, InterventionStatus Status, string Company, string? PersonInCharge, InterventionDetails Details,
    PdlState PdlState, AccountState AccountState, bool NeedsQuote, bool IsEditable, bool IsCorrectable,
    IReadOnlyList<Violation> MissingToFinalise, IReadOnlyList<Violation> MissingToComplete,
    IReadOnlyList<PhotoRow> Photos, IReadOnlyList<DocumentRow> Documents, IReadOnlyList<DossierRow> Dossiers, string? CancelledBecause, DateTimeOffset ChangedAt)
{
    public Guid CompanyId { get; init; }
    public Guid? AssignedTo { get; init; }

    /// <summary>Name of the installer it is given to.</summary>
    public string? Installer { get; init; }
}

/// <param name="Accuracy">Metres.</param>
public sealed record PhotoRow(
    Guid Id, PhotoKind Kind, string Sha256, string Name, DateTimeOffset TakenAt, double Latitude, double Longitude, double? Accuracy, GeotagSource Source);

public sealed record InstallerName(Guid Id, string Name);

public sealed record DocumentRow(Guid Id, DocumentKind Kind, string Sha256, string Name, long Size, DateTimeOffset AddedAt, bool IsChecked);

public sealed record DossierRow(
    Guid Id, int Revision, DossierState State, bool IsStalled, string? Reason, IReadOnlyList<FieldError> FieldErrors, string? PartnerId, string? PartnerStatus,
    DateTimeOffset StateAt, long? DeliveryId, IReadOnlyList<DossierAtPartner> Partners);

/// <summary>What became of a dossier at one other partner.</summary>
/// <param name="PartnerStatus">What the partner said of it later, as it named it.</param>
public sealed record DossierAtPartner(long DeliveryId, string Partner, DeliveryStatus Status, string? PartnerStatus);
