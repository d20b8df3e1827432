using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core.Notifications;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Notifications;

internal sealed class NotificationMapping : IEntityTypeConfiguration<Notification>
{
    public void Configure(EntityTypeBuilder<Notification> notification)
    {
        notification.IsOperational();
        notification.Property(n => n.Kind).HasMaxLength(60);
        notification.Property(n => n.About).HasMaxLength(200);
        notification.Property(n => n.Link).HasMaxLength(200);
        notification.HasIndex(n => new { n.PersonId, n.EventId }).IsUnique();
        notification.HasIndex(n => new { n.PersonId, n.ReadAt });
    }
}
