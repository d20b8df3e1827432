using System.Globalization;
using Microsoft.AspNetCore.Components;
using Tapwork.Core;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Accounts;

public sealed partial class SetUpForm
{
    private string? _refusal;
    private IReadOnlyList<Violation> _broken = [];
    [CascadingParameter] private HttpContext Http { get; set; } = null!;
    [SupplyParameterFromForm(FormName = "setup")] private Typed Input { get; set; } = null!;

    protected override async Task OnInitializedAsync()
    {
        Input ??= new Typed();
        if (await Accounts.AnyAsync(Http.RequestAborted))
            Navigation.NavigateTo("/sign-in");
    }

    private async Task SetUpAsync()
    {
        try
        {
            Code.MustOpen(Input.Code);
            var culture = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName;
            await Desk.SetUpAsync(Http.ActorOf(), Input.Name ?? "", Input.Email ?? "", Input.Password ?? "", culture, Http.RequestAborted);
            var answer = await SignIns.CheckAsync(Http.ActorOf(), Input.Email!, Input.Password!, [], Http.RequestAborted);
            await Http.WelcomeAsync(answer.Person!);
            Navigation.NavigateTo("/");
        }
        catch (RuleViolation refusal)
        {
            _broken = refusal.Violations;
            _refusal = refusal.Violations.Any(v => v.Field is null) ? T.Say(refusal) : null;
        }
    }

    private string? ErrorOf(string field) => _broken.FirstOrDefault(v => v.Field == field) is { } broken ? T.Say(broken) : null;

    private sealed class Typed
    {
        public string? Code { get; set; }
        public string? Name { get; set; }
        public string? Email { get; set; }
        public string? Password { get; set; }
    }
}
