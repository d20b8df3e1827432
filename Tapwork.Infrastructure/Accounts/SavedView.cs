using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Accounts;

/// <summary>Filters of a list that a person keeps under a name.</summary>
public sealed class SavedView
{
    public required Guid PersonId { get; init; }

    /// <summary>The list's page, e.g. <c>audit</c>.</summary>
    public required string Page { get; init; }

    public required string Name { get; init; }

    /// <summary>What stands behind the question mark of the page's address.</summary>
    public required string Query { get; init; }
}

internal sealed class SavedViewMapping : IEntityTypeConfiguration<SavedView>
{
    public void Configure(EntityTypeBuilder<SavedView> view)
    {
        view.IsOperational();
        view.HasKey(v => new { v.PersonId, v.Page, v.Name });
        view.Property(v => v.Page).IsOrdinal(60);
        view.Property(v => v.Name).IsOrdinal(SavedViews.LongestName);
        view.Property(v => v.Query).HasMaxLength(SavedViews.LongestQuery);
    }
}
