namespace Tapwork.Infrastructure.Integrations;

/// <summary>A dossier that a partner asked for by subscription and was not given, and by which rule.</summary>
public sealed class Withheld
{
    public long Id { get; private set; }
    public required Guid IntegrationId { get; init; }
    public required Guid DossierId { get; init; }
    public required long EventId { get; init; }

    /// <summary>E.g. <c>authorisation.missing</c>.</summary>
    public required string Rule { get; init; }

    public required DateTimeOffset At { get; init; }
}
