using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>The certificates this process has been shown, the last of each host; the watch writes them down for all instances.</summary>
public sealed class SeenCertificates(TimeProvider clock)
{
    private readonly ConcurrentDictionary<(Guid IntegrationId, string Host), (DateTimeOffset Until, DateTimeOffset SeenAt)> _seen = new();

    /// <summary>A host has shown it, and it was accepted.</summary>
    public void See(Guid integrationId, string host, X509Certificate? certificate)
    {
        if (certificate is X509Certificate2 shown)
            _seen[(integrationId, host.ToLowerInvariant())] = (shown.NotAfter.ToUniversalTime(), clock.GetUtcNow());
    }

    /// <summary>Writes down what is newer than what is known.</summary>
    internal async Task WriteDownAsync(TapworkDbContext db, CancellationToken cancel)
    {
        if (_seen.IsEmpty)
            return;
        var integrations = (await db.Integrations.Select(i => i.Id).ToListAsync(cancel)).ToHashSet();
        var known = await db.CertificateSightings.ToDictionaryAsync(s => (s.IntegrationId, s.Host), cancel);
        foreach (var (key, (until, seenAt)) in _seen.Where(s => integrations.Contains(s.Key.IntegrationId)))
        {
            if (!known.TryGetValue(key, out var sighting))
            {
                // Another instance may see it first.
                await AppendedRows.InsertIfMissingAsync(db, new CertificateSighting { IntegrationId = key.IntegrationId, Host = key.Host }, cancel);
                sighting = await db.CertificateSightings.SingleAsync(s => s.IntegrationId == key.IntegrationId && s.Host == key.Host, cancel);
            }
            sighting.Take(until, seenAt);
        }
    }
}

/// <summary>The certificate a host showed last, to whichever instance.</summary>
public sealed class CertificateSighting
{
    /// <summary>A host that was not called for so long while the integration's others were is no longer one of its hosts.</summary>
    public static readonly TimeSpan Lately = TimeSpan.FromDays(2);

    public required Guid IntegrationId { get; init; }

    /// <summary>In small letters, without port.</summary>
    public required string Host { get; init; }

    /// <summary>When it expires.</summary>
    public DateTimeOffset Until { get; private set; }

    public DateTimeOffset SeenAt { get; private set; }

    /// <summary>The latest sighting counts, whoever comes first to write.</summary>
    public void Take(DateTimeOffset until, DateTimeOffset seenAt)
    {
        if (seenAt > SeenAt)
            (Until, SeenAt) = (until, seenAt);
    }

    /// <summary>When the first certificate of the hosts expires that were called lately.</summary>
    /// <param name="sightings">Of one integration, at least one.</param>
    public static DateTimeOffset FirstToExpire(IReadOnlyCollection<CertificateSighting> sightings)
    {
        var lately = sightings.Max(s => s.SeenAt) - Lately;
        return sightings.Where(s => s.SeenAt >= lately).Min(s => s.Until);
    }
}

internal sealed class CertificateSightingMapping : IEntityTypeConfiguration<CertificateSighting>
{
    public void Configure(EntityTypeBuilder<CertificateSighting> sighting)
    {
        sighting.IsOperational();
        sighting.ToTable("CertificateSightings");
        sighting.HasKey(s => new { s.IntegrationId, s.Host });
        sighting.Property(s => s.Host).IsOrdinal(253);
        sighting.HasOne<Integration>().WithMany().HasForeignKey(s => s.IntegrationId).OnDelete(DeleteBehavior.Cascade);
    }
}
