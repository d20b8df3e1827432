namespace Tapwork.Infrastructure.Events;

/// <summary>The topics some connector wants; of all others nothing is ever delivered.</summary>
public sealed record RoutedTopics(IReadOnlySet<string> Names);
