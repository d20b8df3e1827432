using Microsoft.AspNetCore.Components;
using Tapwork.Infrastructure.Sandbox;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Accounts;

public sealed partial class SignInForm
{
    private string? _refusal;
    [CascadingParameter] private HttpContext Http { get; set; } = null!;
    [SupplyParameterFromForm(FormName = "sign-in")] private Typed Input { get; set; } = null!;
    [SupplyParameterFromQuery(Name = "to")] private string? To { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Input ??= new Typed();
        if (!await Accounts.AnyAsync(Http.RequestAborted))
            Navigation.NavigateTo("/setup");
    }

    private Task SignInAsync() => TryAsync(Input.Email ?? "", Input.Password ?? "");

    private Task DemoAsync(DemoAccount account) => TryAsync(account.Email, DemoData.Password);

    private async Task TryAsync(string email, string password)
    {
        var started = Clock.GetTimestamp();
        var answer = await Desk.CheckAsync(Http.ActorOf(), email, password, KnownDevices.Read(Http), Http.RequestAborted);
        if (answer.Person is not { } person)
        {
            await UniformDelay.CompleteStepAsync(Clock, started, Http.RequestAborted);
            _refusal = T.Say(answer.Outcome);
            return;
        }
        // The session this browser had would go on without anybody who could end it.
        if (Http.User.Identity?.IsAuthenticated == true)
            await Desk.SignOutAsync(Http.ActorOf(), Http.RequestAborted);
        await Http.WelcomeAsync(person);
        Navigation.NavigateTo(LocalPath.Of(To));
    }

    private sealed class Typed
    {
        public string? Email { get; set; }
        public string? Password { get; set; }
    }
}
