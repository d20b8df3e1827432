using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using MudBlazor;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Companies;
using Tapwork.Web.Controls;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Accounts;

public sealed partial class UserEditor
{
    private static readonly Entered Nothing = new("", "", "", "", "fr", "");

    private IReadOnlyList<(string, string)> _companies = [];
    private IReadOnlyList<Violation> _broken = [];
    private Entered _entered = Nothing, _saved = Nothing;
    private AccountRow? _row, _theirs;
    private bool _isUnknown, _isSaving;
    private Guid? _shown;

    [Parameter] public Guid? Id { get; set; }
    [Inject] private AccountQueries Accounts { get; set; } = null!;
    [Inject] private AccountDesk Desk { get; set; } = null!;
    [Inject] private CompanyQueries Companies { get; set; } = null!;
    [Inject] private IDialogService Dialogs { get; set; } = null!;

    private bool IsDirty => _entered != _saved && !_isUnknown;

    private string Title => Id is null ? T["user.new.title"].Value : _row?.Name ?? "…";

    private IEnumerable<(string, string)> Roles => Enum.GetValues<Role>().Select(r => (r.ToString(), T.Say(r)));

    private string RoleWord => Enum.TryParse<Role>(_entered.Role, out var role) ? T.Say(role) : "";

    private static IEnumerable<(string, string)> Cultures => [("fr", "Français"), ("en", "English")];

    private Dictionary<string, string> Labels => new()
    {
        ["Name"] = T["user.name"],
        ["Email"] = T["account.email"],
        ["Culture"] = T["user.culture"],
        ["Role"] = T["users.role"],
        ["CompanyId"] = T["users.company"],
        ["ActiveUntil"] = T["user.until"],
    };

    protected override async Task OnInitializedAsync()
    {
        // What stands in the fields is the person's: only the state beside the name follows what happens elsewhere.
        Follow(e => e.Subject == Id && e.Topic.StartsWith("account.", StringComparison.Ordinal), async () =>
            _row = _row is not null && await Accounts.FindAsync(Visitor.Actor, _row.Id, Gone) is { } now ? _row with { Standing = now.Standing } : _row);
        await ReadAsync(async () => _companies = [.. (await Companies.ListAsync(Visitor.Actor, Gone)).Select(c => (c.Id.ToString(), c.Name))]);
    }

    protected override async Task OnParametersSetAsync()
    {
        if (_shown == Id && (_row is not null || Id is null))
            return;
        _shown = Id;
        await ReloadAsync();
    }

    private async Task ReloadAsync()
    {
        (_broken, _theirs) = ([], null);
        AccountRow? row = null;
        // While the database is away nobody is unknown, and what is typed stays.
        if (Id is { } id && !await ReadAsync(async () => row = await Accounts.FindAsync(Visitor.Actor, id, Gone)))
            return;
        (_row, _isUnknown) = (row, Id is not null && row is null);
        _entered = _saved = _row is null ? Nothing : Entered.Of(_row);
    }

    private void Take(Entered entered, string field)
    {
        _entered = entered;
        _broken = [.. _broken.Where(b => b.Field != field)];
    }

    private string? ErrorOf(string field) => _broken.FirstOrDefault(b => b.Field == field) is { } broken ? T.Say(broken) : null;

    // Both versions side by side, once somebody else has saved meanwhile.
    private string? Theirs(string? theirs, string mine) => theirs is null || theirs == mine ? null : T["user.saved_value", theirs].Value;

    private async Task SaveAsync()
    {
        _isSaving = true;
        _broken = _entered.Wrong();
        if (_broken.Count == 0)
            await (Id is { } id ? ChangeAsync(id) : CreateAsync());
        _isSaving = false;
    }

    private async Task CreateAsync()
    {
        Guid? created = null;
        if (!await ActAsync(async (actor, cancel) => created = await Desk.CreateAsync(actor, _entered.Details(), cancel), T["user.created", _entered.Email], Refused))
            return;
        _saved = _entered;
        Navigation.NavigateTo($"users/{created}");
    }

    private async Task ChangeAsync(Guid id)
    {
        if (await ActAsync((actor, cancel) => Desk.ChangeAsync(actor, id, _row!.Version, _entered.Details(), cancel), T["user.saved"], Refused))
        {
            _saved = _entered;
            await ReloadAsync();
        }
        else if (_broken.Any(b => b.Rule == "record.changed_meanwhile"))
            await ReadAsync(async () => (_theirs, _broken) = (await Accounts.FindAsync(Visitor.Actor, id, Gone), []));
    }

    private async Task KeepMineAsync()
    {
        (_row, _theirs) = (_theirs, null);
        await SaveAsync();
    }

    private void Refused(RuleViolation refusal) => _broken = refusal.Violations;

    private async Task AskToLeaveAsync(LocationChangingContext context)
    {
        if (IsDirty && await Dialogs.ConfirmAsync(T["form.leave.title"], T["form.leave.text"], T["form.leave.action"], isDangerous: true) is null)
            context.PreventNavigation();
    }

    /// <summary>What stands in the fields, as typed.</summary>
    private sealed record Entered(string Name, string Email, string Role, string CompanyId, string Culture, string ActiveUntil)
    {
        public static Entered Of(AccountRow row) => new(row.Name, row.Email, row.Role.ToString(), row.CompanyId?.ToString() ?? "", row.Culture,
            TypedDate.ToInput(row.ActiveUntil));

        /// <summary>What is wrong with single fields, all of it at once; the rest is judged by the account itself.</summary>
        public IReadOnlyList<Violation> Wrong()
        {
            var broken = new List<Violation>();
            Field.Required(Name, nameof(Name), 100, broken);
            Core.Accounts.Email.Read(Email, nameof(Email), broken);
            if (!Enum.TryParse<Role>(Role, out _))
                broken.Add(new Violation("field.required", nameof(Role)));
            return broken;
        }

        public AccountDetails Details() => new(Name, Email, Enum.Parse<Role>(Role), Guid.TryParse(CompanyId, out var company) ? company : null, Culture,
            TypedDate.FromInput(ActiveUntil));
    }
}
