namespace Tapwork.Infrastructure.Webhooks;

/// <summary>What a call from outside says, in our words.</summary>
/// <param name="Event">As the sender names it.</param>
/// <param name="At">The sender's own time.</param>
/// <param name="ExternalId">Of the dossier it is about.</param>
/// <param name="Status">The dossier's new status; null when it is about something else.</param>
/// <param name="PreviousStatus">The status before it, where the sender names it.</param>
internal sealed record InboundNews(string Event, DateTimeOffset At, string? ExternalId, string? Status, string? Notes, string? PreviousStatus = null);
