using System.Globalization;
using System.Text;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Interventions;

namespace Tapwork.Infrastructure.Integrations.Symphonics;

/// <summary>What an error answer says, in either shape, with each field under the intervention's own name for it.</summary>
internal sealed record SymphonicsErrors(string? Reason, IReadOnlyList<FieldError> Fields, string? KnownId)
{
    private static readonly SymphonicsErrors Silent = new(null, [], null);

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["customer.first_name"] = nameof(Intervention.FirstName),
        ["customer.last_name"] = nameof(Intervention.LastName),
        ["customer.email"] = nameof(Intervention.Email),
        ["customer.phone"] = nameof(Intervention.Phone),
        ["installation.address"] = nameof(Intervention.Street),
        ["installation.postal_code"] = nameof(Intervention.PostalCode),
        ["installation.city"] = nameof(Intervention.City),
        ["installation.pdl"] = nameof(Intervention.Pdl),
        ["installation.pce"] = nameof(Intervention.Pce),
        ["completion_date"] = nameof(Intervention.CompletedOn),
        ["equipment"] = nameof(Intervention.Equipment),
        ["photos"] = nameof(Intervention.Photos),
        ["documents"] = nameof(Intervention.Documents),
        ["services"] = nameof(Intervention.OperationCode),
        ["installer"] = nameof(Intervention.AssignedTo),
    };

    private static readonly Dictionary<string, string> EquipmentNames = new(StringComparer.Ordinal)
    {
        ["name"] = nameof(Equipment.Name),
        ["model"] = nameof(Equipment.Model),
        ["serial_number"] = nameof(Equipment.SerialNumber),
        ["quantity"] = nameof(Equipment.Quantity),
    };

    public static SymphonicsErrors Read(ReadOnlySpan<byte> body)
    {
        if (LenientJson.Parse(body) is not { } answer)
            return Silent;
        var error = answer.Object("error");
        var reason = error?.Text("message") ?? answer.Text("message") ?? answer.Text("error") ?? answer.Text("detail");
        var fields = (error?.Objects("details") ?? []).Select(d => new FieldError(FieldOf(d.Text("field") ?? ""), d.Text("message") ?? ""))
            .Concat(answer.Objects("detail").Select(d => new FieldError(FieldOf(string.Join('.', d.Texts("loc"))), d.Text("msg") ?? d.Text("type") ?? ""))).ToList();
        var id = answer.Text("id") ?? answer.Text("intervention_id") ?? error?.Text("id") ?? error?.Text("intervention_id");
        return new(reason ?? fields.FirstOrDefault()?.Message, fields, InterventionAnswer.IdOf(id));
    }

    /// <summary>The intervention's property a partner's path answers to, e.g. <c>equipment[0].quantity</c> to <c>Equipment[0].Quantity</c>; else the path as it is.</summary>
    public static string FieldOf(string path)
    {
        var plain = Plain(path);
        if (Names.TryGetValue(plain, out var name))
            return name;
        var root = plain.AsSpan(0, plain.AsSpan().IndexOfAny('[', '.') is >= 0 and var end ? end : plain.Length).ToString();
        if (root == "equipment" && plain.IndexOf(']', StringComparison.Ordinal) is > 0 and var close)
            return EquipmentNames.TryGetValue(plain[(close + 1)..].TrimStart('.'), out var part)
                ? $"{nameof(Intervention.Equipment)}{plain[root.Length..(close + 1)]}.{part}"
                : nameof(Intervention.Equipment);
        return root is "photos" or "documents" or "services" or "installer" ? Names[root] : path;
    }

    // Takes body.equipment.0.quantity, $.equipment[0].quantity and /equipment/0/quantity for the same.
    private static string Plain(string path)
    {
        var plain = new StringBuilder(path.Length + 4);
        foreach (var step in path.Split(['.', '/', '[', ']'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (plain.Length == 0 && step is "body" or "$")
                continue;
            if (int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                plain.Append(CultureInfo.InvariantCulture, $"[{index}]");
            else
                plain.Append(plain.Length == 0 ? "" : ".").Append(step);
        }
        return plain.ToString();
    }
}
