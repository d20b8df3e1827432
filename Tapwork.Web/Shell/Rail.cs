using MudBlazor;
using Tapwork.Core.Accounts;

namespace Tapwork.Web.Shell;

/// <summary>The left rail: only what exists, and of it only what the role may open.</summary>
internal static class Rail
{
    private static readonly Role[] Everybody = [Role.Installer, Role.Office, Role.Manager, Role.Admin];
    private static readonly Role[] BackOffice = [Role.Office, Role.Manager, Role.Admin];

    public static readonly IReadOnlyList<RailGroup> Groups =
    [
        new("rail.work",
        [
            new("rail.dashboard", "", Icons.Material.Outlined.SpaceDashboard, Everybody),
            new("rail.interventions", "interventions", Icons.Material.Outlined.HomeRepairService, Everybody),
        ]),
        new("rail.people", [new("rail.users", "users", Icons.Material.Outlined.Group, [Role.Admin])]),
        new("rail.exchange",
        [
            new("rail.deliveries", "deliveries", Icons.Material.Outlined.LocalShipping, BackOffice),
            new("rail.inbound", "inbound", Icons.Material.Outlined.CallReceived, BackOffice),
            new("rail.integrations", "integrations", Icons.Material.Outlined.Hub, [Role.Admin]),
            new("rail.webhooks", "integrations/events", Icons.Material.Outlined.Campaign, [Role.Admin]),
            new("rail.reconciliation", "reconciliation", Icons.Material.Outlined.FactCheck, BackOffice),
        ]),
        new("rail.control",
        [
            new("rail.audit", "audit", Icons.Material.Outlined.ManageSearch, [Role.Manager, Role.Admin]),
            new("rail.alerts", "alerts", Icons.Material.Outlined.NotificationImportant, [Role.Admin]),
            new("rail.jobs", "tasks", Icons.Material.Outlined.Schedule, [Role.Admin]),
            new("rail.log", "log", Icons.Material.Outlined.Article, [Role.Admin]),
            new("rail.sandbox", "sandbox", Icons.Material.Outlined.Science, BackOffice, IsSandbox: true),
        ]),
    ];
}

internal sealed record RailGroup(string Title, IReadOnlyList<RailLink> Links);

/// <param name="IsOutside">No page of the circuit: a full load.</param>
/// <param name="IsSandbox">Only where the sandbox is on.</param>
internal sealed record RailLink(string Title, string Path, string Icon, Role[] Roles, bool IsOutside = false, bool IsSandbox = false);
