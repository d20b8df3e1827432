using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Drafts;

/// <summary>What a person has typed into a form and not yet saved.</summary>
public sealed class Draft
{
    public required Guid PersonId { get; init; }

    /// <summary>Form and record, e.g. <c>intervention/0199…</c> or <c>intervention/new</c>.</summary>
    public required string Form { get; init; }

    /// <summary>JSON: id of the field → text as typed.</summary>
    public required string Fields { get; init; }

    public required DateTimeOffset SavedAt { get; init; }
}

internal sealed class DraftMapping : IEntityTypeConfiguration<Draft>
{
    public void Configure(EntityTypeBuilder<Draft> draft)
    {
        draft.IsOperational();
        draft.HasKey(d => new { d.PersonId, d.Form });
        draft.Property(d => d.Form).IsOrdinal(100);
        draft.HasIndex(d => d.SavedAt);
    }
}
