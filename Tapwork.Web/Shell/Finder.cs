using System.Globalization;
using Microsoft.Extensions.Localization;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Interventions;

namespace Tapwork.Web.Shell;

/// <summary>Looks for a text in all that the role may see: each room is asked in its own way, and shows its best few.</summary>
public sealed class Finder(InterventionQueries interventions, DeliveryQueries deliveries, AccountQueries accounts)
{
    private const int Shown = 5;

    /// <summary>What was found, by room; rooms without a find are not there.</summary>
    public async Task<IReadOnlyList<Found>> FindAsync(Actor actor, string text, IStringLocalizer texts, CancellationToken cancel)
    {
        var search = Normal(text);
        if (search.Length < 2)
            return [];
        var found = new List<Found> { await InterventionsAsync(actor, search, cancel) };
        if (actor.Is(Role.Office, Role.Manager, Role.Admin))
            found.Add(await DeliveriesAsync(actor, search, cancel));
        if (actor.Is(Role.Admin))
            found.Add(await AccountsAsync(actor, search, texts, cancel));
        return [.. found.Where(f => f.Records.Count > 0)];
    }

    // A PDL or a phone's clipboard comes in groups of digits.
    private static string Normal(string text) =>
        Field.WithoutBlanks(text) is var compact && compact.Length > 0 && compact.All(char.IsAsciiDigit) ? compact : text.Trim();

    private async Task<Found> InterventionsAsync(Actor actor, string search, CancellationToken cancel)
    {
        var identified = await interventions.IdentifiedAsync(actor, search, cancel);
        var rows = identified.Count > 0 ? identified : (await interventions.ListAsync(actor, new InterventionFilter(search), cancel)).Rows;
        return new Found("rail.interventions", identified.Count > 0 ? null : $"interventions?q={Uri.EscapeDataString(search)}",
            [.. rows.Take(Shown).Select(r => new FoundRecord($"interventions/{r.Id}", r.Reference, $"{r.Name} · {r.PostalCode} {r.City}", r.Status))]);
    }

    private async Task<Found> DeliveriesAsync(Actor actor, string search, CancellationToken cancel)
    {
        var page = await deliveries.ListAsync(actor, new DeliveryFilter(search), cancel);
        return new Found("rail.deliveries", $"deliveries?q={Uri.EscapeDataString(search)}",
            [.. page.Rows.Take(Shown).Select(r => new FoundRecord(
                $"deliveries/{r.Id}", string.Create(CultureInfo.InvariantCulture, $"#{r.Id}"), string.Join(" · ", new[] { r.Destination, r.Reference, r.Name }.OfType<string>()), r.Status))]);
    }

    private async Task<Found> AccountsAsync(Actor actor, string search, IStringLocalizer texts, CancellationToken cancel)
    {
        var page = await accounts.ListAsync(actor, new AccountFilter(search), cancel);
        return new Found("rail.users", $"users?q={Uri.EscapeDataString(search)}",
            [.. page.Rows.Take(Shown).Select(r => new FoundRecord($"users/{r.Id}", r.Name, $"{r.Email} · {texts.Say(r.Role)}", r.Standing))]);
    }
}

/// <param name="Title">Key of the room's name.</param>
/// <param name="All">Where the whole list stands, filtered so; null when nothing more is to be had.</param>
public sealed record Found(string Title, string? All, IReadOnlyList<FoundRecord> Records);

public sealed record FoundRecord(string Path, string Title, string Detail, Enum State);
