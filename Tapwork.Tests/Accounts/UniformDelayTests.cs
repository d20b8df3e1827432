using Microsoft.Extensions.Time.Testing;
using Tapwork.Web.Accounts;

namespace Tapwork.Tests.Accounts;

/// <summary>How long an answer about an account takes says nothing of the account.</summary>
public sealed class UniformDelayTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(40, 1)]
    [InlineData(199, 1)]
    [InlineData(200, 2)]
    [InlineData(730, 4)]
    public async Task An_answer_leaves_at_the_next_full_step(int spent, int steps)
    {
        var clock = new FakeTimeProvider();
        var started = clock.GetTimestamp();
        clock.Advance(TimeSpan.FromMilliseconds(spent));
        var answer = UniformDelay.CompleteStepAsync(clock, started, TestContext.Current.CancellationToken);
        clock.Advance((steps * UniformDelay.Step) - TimeSpan.FromMilliseconds(spent + 1));
        answer.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await answer;
    }

    // Whatever is answered to strangers about accounts.
    [Theory]
    [InlineData("Tapwork.Web/Accounts/SignInForm.razor.cs")]
    [InlineData("Tapwork.Web/Accounts/RecoveryForm.razor")]
    public async Task Sign_in_and_recovery_answer_so(string form) =>
        (await File.ReadAllTextAsync(Path.Combine(House.Root, form), TestContext.Current.CancellationToken)).ShouldContain("UniformDelay.CompleteStepAsync");
}
