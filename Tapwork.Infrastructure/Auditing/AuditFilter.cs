using Tapwork.Core.Accounts;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>Which entries are meant; what is null does not matter.</summary>
/// <param name="Role">In which somebody acted.</param>
/// <param name="RecordType">Kind of record, e.g. <c>Intervention</c>.</param>
/// <param name="RecordId">Its key, as entries bear it.</param>
/// <param name="Action">E.g. <c>changed</c>, <c>account.signed_in</c>.</param>
/// <param name="From">First moment.</param>
/// <param name="Until">The moment before which it was.</param>
public sealed record AuditFilter(
    Guid? ActorId = null, Role? Role = null, string? RecordType = null, string? RecordId = null, string? Action = null, string? Ip = null,
    string? CorrelationId = null, DateTimeOffset? From = null, DateTimeOffset? Until = null);

internal static class AuditFiltering
{
    public static IQueryable<AuditEntry> Matching(this IQueryable<AuditEntry> entries, AuditFilter filter)
    {
        if (filter.ActorId is { } actor)
            entries = entries.Where(e => e.ActorId == actor);
        if (filter.Role?.ToString() is { } role)
            entries = entries.Where(e => e.Role == role);
        if (filter.RecordType is { } type)
            entries = entries.Where(e => e.RecordType == type);
        if (filter.RecordId is { } record)
            entries = entries.Where(e => e.RecordId == record);
        if (filter.Action is { } action)
            entries = entries.Where(e => e.Action == action);
        if (filter.Ip is { } ip)
            entries = entries.Where(e => e.Ip == ip);
        if (filter.CorrelationId is { } correlation)
            entries = entries.Where(e => e.CorrelationId == correlation);
        if (filter.From is { } from)
            entries = entries.Where(e => e.At >= from);
        if (filter.Until is { } until)
            entries = entries.Where(e => e.At < until);
        return entries;
    }
}
