using System.Text.Json.Serialization;

namespace Tapwork.Core;

/// <summary>What happened, in the past tense. Its own properties become the row's JSON and hold ids, codes and states, never personal data.</summary>
/// <param name="Subject">The id of the record it happened to.</param>
public abstract record DomainEvent([property: JsonIgnore] Guid Subject)
{
    /// <summary>Lower-case dotted name, <c>room.what_happened</c>; what readers and subscriptions go by.</summary>
    [JsonIgnore]
    public abstract string Topic { get; }
}
