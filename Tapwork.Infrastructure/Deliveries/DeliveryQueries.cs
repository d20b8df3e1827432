using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Dossiers;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>What the back office sees of deliveries; installers see none.</summary>
public sealed class DeliveryQueries(Database database, RoutedTopics routed, TimeProvider clock)
{
    /// <summary>Every topic anything is delivered for.</summary>
    public IReadOnlyList<string> Topics { get; } = [.. routed.Names.Order(StringComparer.Ordinal)];

    public const int PageSize = 50;

    /// <summary>Totals are exact up to here.</summary>
    public const int CountedExactly = 1000;

    /// <summary>One page, the latest first.</summary>
    public async Task<DeliveryPage> ListAsync(Actor actor, DeliveryFilter filter, CancellationToken cancel)
    {
        await using var db = Open(actor);
        var matching = db.Deliveries.AsNoTracking().Matching(filter);
        var total = await matching.Take(CountedExactly + 1).CountAsync(cancel);
        var page = filter switch
        {
            { Before: { } before } => matching.Where(d => d.Id > before).OrderBy(d => d.Id),
            { After: { } after } => matching.Where(d => d.Id < after).OrderByDescending(d => d.Id),
            _ => matching.OrderByDescending(d => d.Id),
        };
        var rows = await page.Take(PageSize + 1).Select(d => new DeliveryRow(
            d.Id, db.Integrations.Where(i => i.Id == d.IntegrationId).Select(i => i.Name).First(), d.Topic, d.SearchReference, d.SearchName, d.Status,
            d.SendCount, d.Status == DeliveryStatus.Pending || d.Status == DeliveryStatus.Retrying ? d.NextAttemptAt : null,
            d.LastError, d.CreatedAt, d.StatusAt)).ToListAsync(cancel);
        var more = rows.Count > PageSize;
        if (more)
            rows.RemoveAt(PageSize);
        if (filter.Before is not null)
            rows.Reverse();
        return new DeliveryPage(rows, total, filter.Before is not null ? more : filter.After is not null, filter.Before is not null || more);
    }

    /// <summary>Attempts shown at first, and as many more each time they are asked for.</summary>
    public const int AttemptPageSize = 25;

    // An address and what stands before it: enough of a request to know what of it is hidden.
    private const int CallLength = 2100;

    /// <summary>One with its latest attempts, without what was said in them; endpoints by their host for who is not an administrator. Null when there is none.</summary>
    public async Task<DeliverySheet?> FindAsync(Actor actor, long id, CancellationToken cancel, int attemptLimit = AttemptPageSize)
    {
        await using var db = Open(actor);
        var delivery = await db.Deliveries.AsNoTracking().SingleOrDefaultAsync(d => d.Id == id, cancel);
        if (delivery is null)
            return null;
        var integration = await db.Integrations.AsNoTracking().SingleAsync(i => i.Id == delivery.IntegrationId, cancel);
        var state = await db.Destinations.AsNoTracking().SingleOrDefaultAsync(s => s.IntegrationId == integration.Id, cancel);
        var attempts = await db.Attempts.AsNoTracking().Where(a => a.DeliveryId == id).OrderByDescending(a => a.Id).Take(attemptLimit)
            .Select(a => new AttemptRow(a.Id, a.Number, a.StartedAt, a.DurationMilliseconds, a.Outcome, a.HttpStatus, a.Error, a.Fault))
            .ToListAsync(cancel);
        var attemptCount = await db.Attempts.CountAsync(a => a.DeliveryId == id, cancel);
        var behind = delivery.IsSettled || !(integration.IsOrdered || delivery.ReplacesId is not null) ? null
            : await db.Deliveries.Where(d => d.IntegrationId == integration.Id && d.OrderingKey == delivery.OrderingKey && d.Id < id
                && (d.Status == DeliveryStatus.Sending || (integration.IsOrdered && d.Status != DeliveryStatus.Delivered && d.Status != DeliveryStatus.Cancelled)))
                .OrderBy(d => d.Id).Select(d => (long?)d.Id).FirstOrDefaultAsync(cancel);
        var intervention = !Delivery.DossierPurposes.Contains(delivery.Purpose) ? null
            : await db.Dossiers.Where(d => d.Id == delivery.Subject).Select(d => (Guid?)d.InterventionId).SingleOrDefaultAsync(cancel);
        var supersededBy = delivery.SupersededBy is null ? null : await db.Dossiers.Where(d => d.Id == delivery.SupersededBy).Select(d => d.ExternalId).SingleOrDefaultAsync(cancel);
        var replacedBy = await db.Deliveries.Where(d => d.IntegrationId == integration.Id && d.OrderingKey == delivery.OrderingKey
            && (d.ReplacesId == id || (delivery.SupersededBy != null && d.Subject == delivery.SupersededBy))).OrderByDescending(d => d.Id).Select(d => (long?)d.Id).FirstOrDefaultAsync(cancel);
        var sheet = new DeliverySheet(delivery.Id, delivery.Subject, integration.Name, delivery.Topic, delivery.Status, delivery.SearchReference, delivery.SearchExternalId, intervention,
            delivery.PartnerId, delivery.PartnerStatus, delivery.LastError, delivery.LastFault, delivery.FieldErrors, delivery.Payload, delivery.PayloadHash, delivery.IdempotencyKey,
            delivery.CorrelationId, delivery.ReplacesId, replacedBy, supersededBy, behind, delivery.SendCount, delivery.FailedTries, integration.Schedule.Steps.Count + 1,
            delivery.NextAttemptAt, LastTryAt(delivery, integration), Closed(integration, state) ?? Quiet(state), delivery.CreatedAt, delivery.StatusAt, attempts, attemptCount);
        return actor.Is(Role.Admin) ? sheet : await RedactedAsync(db, sheet, cancel);
    }

    /// <summary>What was said in one attempt, up to 64 KiB each way, the endpoint by its host for who is not an administrator; null when there is none.</summary>
    public async Task<AttemptExchange?> FindExchangeAsync(Actor actor, long attemptId, CancellationToken cancel)
    {
        await using var db = Open(actor);
        var found = await (from attempt in db.Attempts
                           join delivery in db.Deliveries on attempt.DeliveryId equals delivery.Id
                           where attempt.Id == attemptId
                           select new { attempt.Request, attempt.Response, delivery.PartnerId, delivery.IdempotencyKey, ExternalId = delivery.SearchExternalId }).SingleOrDefaultAsync(cancel);
        if (found is null)
            return null;
        if (actor.Is(Role.Admin))
            return new AttemptExchange(AttemptRedaction.WithoutUserInfo(found.Request), found.Response);
        var redaction = AttemptRedaction.Of([found.Request], found.PartnerId, found.IdempotencyKey, found.ExternalId);
        return new AttemptExchange(redaction.Request(found.Request), redaction.Text(found.Response));
    }

    private static async Task<DeliverySheet> RedactedAsync(TapworkDbContext db, DeliverySheet sheet, CancellationToken cancel)
    {
        var ids = sheet.Attempts.Select(a => a.Id).ToList();
        var calls = await db.Attempts.Where(a => ids.Contains(a.Id) && a.Request != null).Select(a => a.Request!.Substring(0, CallLength)).ToListAsync(cancel);
        var redaction = AttemptRedaction.Of(calls, sheet.PartnerId, sheet.IdempotencyKey, sheet.ExternalId);
        return sheet with
        {
            LastError = redaction.Text(sheet.LastError),
            FieldErrors = [.. sheet.FieldErrors.Select(e => e with { Message = redaction.Text(e.Message)! })],
            Closure = sheet.Closure is { } closure ? closure with { Reason = redaction.Text(closure.Reason) } : null,
            Attempts = [.. sheet.Attempts.Select(a => a with { Error = redaction.Text(a.Error) })],
        };
    }

    /// <summary>Every configured destination, for choosing one and for telling how it fares.</summary>
    public async Task<IReadOnlyList<DestinationRow>> DestinationsAsync(Actor actor, CancellationToken cancel)
    {
        await using var db = Open(actor);
        var integrations = await db.Integrations.AsNoTracking().OrderBy(i => i.Code).ToListAsync(cancel);
        var states = await db.Destinations.AsNoTracking().ToDictionaryAsync(s => s.IntegrationId, cancel);
        return [.. integrations.Select(i => new DestinationRow(i.Id, i.Code, i.Name, i.ConnectorKey, Closed(i, states.GetValueOrDefault(i.Id))))];
    }

    /// <summary>How many wait for a person, by status.</summary>
    public async Task<IReadOnlyDictionary<DeliveryStatus, int>> TroubleAsync(Actor actor, CancellationToken cancel)
    {
        await using var db = Open(actor);
        return await db.Deliveries.Matching(new DeliveryFilter(InTrouble: true)).GroupBy(d => d.Status).Select(g => new { g.Key, Count = g.Count() })
            .ToDictionaryAsync(g => g.Key, g => g.Count, cancel);
    }

    /// <summary>Dossiers sent on each of the last days (Paris), the oldest first; days without one are there with 0.</summary>
    public async Task<IReadOnlyList<DayCount>> SubmissionsByDayAsync(Actor actor, int days, CancellationToken cancel)
    {
        await using var db = Open(actor);
        var today = Paris.DayOf(clock.GetUtcNow());
        var counts = new List<DayCount>();
        // Each day is counted from the index: no row is read, however many were sent.
        for (var day = today.AddDays(1 - days); day <= today; day = day.AddDays(1))
        {
            var (from, until) = (Paris.StartOf(day), Paris.EndOf(day));
            counts.Add(new DayCount(day, await db.Deliveries.CountAsync(
                d => d.Purpose == DossierOutcomes.Purpose && d.Status == DeliveryStatus.Delivered && d.StatusAt >= from && d.StatusAt < until, cancel)));
        }
        return counts;
    }

    /// <summary>The latest comparisons, the newest first.</summary>
    public async Task<IReadOnlyList<ReconciliationRow>> ReconciliationsAsync(Actor actor, int most, CancellationToken cancel)
    {
        await using var db = Open(actor);
        var reports = await db.Reconciliations.AsNoTracking().OrderByDescending(r => r.Id).Take(most).ToListAsync(cancel);
        return [.. reports.Select(r => new ReconciliationRow(r.Id, r.At, r.By, r.Asked, r.IsClean, r.Findings))];
    }

    private TapworkDbContext Open(Actor actor)
    {
        actor.MustBe(Role.Office, Role.Manager, Role.Admin);
        return database.Open(actor);
    }

    // Without jitter, and as if every try failed at once.
    private static DateTimeOffset? LastTryAt(Delivery delivery, Integration integration) =>
        delivery.Status is DeliveryStatus.Pending or DeliveryStatus.Retrying
            ? integration.Schedule.Steps.Skip(delivery.FailedTries).Aggregate(delivery.NextAttemptAt, (at, step) => at + step)
            : null;

    // It passes by itself within minutes: told where somebody looks at one delivery, and no reason for a banner.
    private DestinationClosure? Quiet(DestinationState? state) =>
        state?.QuietUntil > clock.GetUtcNow() ? new DestinationClosure("quiet", null, state.QuietUntil) : null;

    private static DestinationClosure? Closed(Integration integration, DestinationState? state)
    {
        if (!integration.IsEnabled)
            return new DestinationClosure("disabled", null, null);
        if (state?.HeldBecause is { } because)
            return new DestinationClosure("held", because, state.NextProbeAt);
        return state is { Breaker: not BreakerState.Closed } ? new DestinationClosure("breaker", null, state.ClosedUntil) : null;
    }
}

/// <param name="Total">Exact up to 1,000; 1,001 says more.</param>
public sealed record DeliveryPage(IReadOnlyList<DeliveryRow> Rows, int Total, bool HasPrevious, bool HasNext);

/// <param name="Tries">Sends begun.</param>
public sealed record DeliveryRow(
    long Id, string Destination, string Topic, string? Reference, string? Name, DeliveryStatus Status, int Tries, DateTimeOffset? NextAttemptAt,
    string? LastError, DateTimeOffset CreatedAt, DateTimeOffset StatusAt);

/// <param name="SupersededBy">External id of the newer revision that its destination is given.</param>
/// <param name="WaitsBehind">The delivery it may not overtake.</param>
/// <param name="Steps">Tries the schedule has in all.</param>
/// <param name="LastTryAt">When the last of them would be.</param>
public sealed record DeliverySheet(
    long Id, Guid Subject, string Destination, string Topic, DeliveryStatus Status, string? Reference, string? ExternalId, Guid? InterventionId, string? PartnerId, string? PartnerStatus,
    string? LastError, FaultClass? LastFault, IReadOnlyList<FieldError> FieldErrors, string Payload, string PayloadHash, string IdempotencyKey,
    string CorrelationId, long? ReplacesId, long? ReplacedById, string? SupersededBy, long? WaitsBehind, int SendCount, int FailedTries, int Steps, DateTimeOffset NextAttemptAt,
    DateTimeOffset? LastTryAt, DestinationClosure? Closure, DateTimeOffset CreatedAt, DateTimeOffset StatusAt, IReadOnlyList<AttemptRow> Attempts, int AttemptCount);

public sealed record AttemptRow(
    long Id, int Number, DateTimeOffset StartedAt, int DurationMilliseconds, string Outcome, int? HttpStatus, string? Error, FaultClass? Fault);

public sealed record AttemptExchange(string? Request, string? Response);

public sealed record DestinationRow(Guid Id, string Code, string Name, string ConnectorKey, DestinationClosure? Closure);

/// <param name="Kind"><c>disabled</c>, <c>held</c>, <c>breaker</c> or <c>quiet</c>.</param>
/// <param name="Until">When it is tried again.</param>
public sealed record DestinationClosure(string Kind, string? Reason, DateTimeOffset? Until);

/// <param name="Asked">Accepted deliveries the partners were asked about.</param>
public sealed record ReconciliationRow(long Id, DateTimeOffset At, string By, int Asked, bool IsClean, IReadOnlyList<Finding> Findings);

public sealed record DayCount(DateOnly Day, int Count);
