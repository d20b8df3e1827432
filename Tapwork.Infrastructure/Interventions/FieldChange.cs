using System.Text.Json;
using Tapwork.Core.Interventions;

namespace Tapwork.Infrastructure.Interventions;

/// <summary>One field of an intervention that a person changed, read from the audit trail.</summary>
/// <param name="Field">Property name of <see cref="InterventionDetails"/>.</param>
public sealed record FieldChange(string Field, string? Old, string? New)
{
    // What people enter; what the journey and the checks set is told by their events.
    private static readonly HashSet<string> Entered = [.. typeof(InterventionDetails).GetProperties().Select(p => p.Name)];

    internal static IReadOnlyList<FieldChange> Read(string changes) =>
        [.. JsonSerializer.Deserialize<Dictionary<string, JsonElement[]>>(changes)!
            .Where(c => Entered.Contains(c.Key) && c.Value.Length == 2)
            .Select(c => new FieldChange(c.Key, Text(c.Value[0]), Text(c.Value[1])))];

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Array => string.Join(", ", value.Deserialize<Equipment[]>()!.Select(e => $"{e.Quantity} × {e.Name} {e.Model} {e.SerialNumber}".TrimEnd())),
        _ => value.ToString(),
    };
}
