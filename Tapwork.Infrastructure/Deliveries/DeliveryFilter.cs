using Tapwork.Core;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>Which deliveries are meant; what is null does not matter.</summary>
/// <param name="Search">Beginning of a reference, name (last name first), PDL, e-mail or external id, or the whole number of a delivery.</param>
/// <param name="InTrouble">Refused, dead, uncertain or held: a person is waited for.</param>
/// <param name="From">First day, in Paris, on which it was made.</param>
/// <param name="To">Last day.</param>
/// <param name="After">Number of the last row of the page before.</param>
/// <param name="Before">Number of the first row of the page after.</param>
/// <param name="CorrelationId">Of the act that caused them, as the audit trail bears it.</param>
public sealed record DeliveryFilter(
    string? Search = null, Guid? IntegrationId = null, DeliveryStatus? Status = null, string? Topic = null, bool InTrouble = false,
    DateOnly? From = null, DateOnly? To = null, Guid? Subject = null, long? After = null, long? Before = null, string? CorrelationId = null);

internal static class DeliveryFiltering
{
    public static IQueryable<Delivery> Matching(this IQueryable<Delivery> deliveries, DeliveryFilter filter)
    {
        if (filter.IntegrationId is { } integration)
            deliveries = deliveries.Where(d => d.IntegrationId == integration);
        if (filter.Status is { } status)
            deliveries = deliveries.Where(d => d.Status == status);
        if (filter.InTrouble)
            deliveries = deliveries.Where(d => d.Status == DeliveryStatus.Refused || d.Status == DeliveryStatus.Dead
                || d.Status == DeliveryStatus.Uncertain || d.Status == DeliveryStatus.Held);
        if (filter.Topic is { } topic)
            deliveries = deliveries.Where(d => d.Topic == topic);
        if (filter.Subject is { } subject)
            deliveries = deliveries.Where(d => d.Subject == subject);
        if (filter.CorrelationId is { } correlation)
            deliveries = deliveries.Where(d => d.CorrelationId == correlation);
        if (filter.From is { } from)
            deliveries = deliveries.Where(d => d.CreatedAt >= Paris.StartOf(from));
        if (filter.To is { } to)
            deliveries = deliveries.Where(d => d.CreatedAt < Paris.EndOf(to));
        return Searched(deliveries, Field.Storable(filter.Search)?.Trim() ?? "");
    }

    private static IQueryable<Delivery> Searched(IQueryable<Delivery> deliveries, string search)
    {
        if (search.Length == 0)
            return deliveries;
        if (long.TryParse(search.TrimStart('#'), out var id) && search.Length < 14)
            return deliveries.Where(d => d.Id == id || (d.SearchPdl!.CompareTo(search) >= 0 && d.SearchPdl.CompareTo(SearchToken.EndOf(search)) < 0));
        var (reference, name, lower) = (search.ToUpperInvariant(), SearchToken.Fold(search).Trim(), search.ToLowerInvariant());
        var (referenceEnd, lowerEnd, pdl) = (SearchToken.EndOf(reference), SearchToken.EndOf(lower), search.Replace(" ", "", StringComparison.Ordinal));
        var (nameEnd, pdlEnd) = (name.Length == 0 ? "" : SearchToken.EndOf(name), SearchToken.EndOf(pdl));
        return deliveries.Where(d =>
            (d.SearchReference!.CompareTo(reference) >= 0 && d.SearchReference.CompareTo(referenceEnd) < 0)
            || (name != "" && d.SearchName!.CompareTo(name) >= 0 && d.SearchName.CompareTo(nameEnd) < 0)
            || (d.SearchPdl!.CompareTo(pdl) >= 0 && d.SearchPdl.CompareTo(pdlEnd) < 0)
            || (d.SearchEmail!.CompareTo(lower) >= 0 && d.SearchEmail.CompareTo(lowerEnd) < 0)
            || (d.SearchExternalId!.CompareTo(lower) >= 0 && d.SearchExternalId.CompareTo(lowerEnd) < 0));
    }
}
