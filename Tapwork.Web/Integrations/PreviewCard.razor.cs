using Microsoft.AspNetCore.Components;
using MudBlazor;
using Tapwork.Core;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Integrations;

public sealed partial class PreviewCard
{
    private const string Kind = "catch_up";

    private Preview? _preview;
    private DateOnly? _since;
    private bool _isLooking;

    [Inject] private CatchUp Missed { get; set; } = null!;
    [Inject] private LongRuns Runs { get; set; } = null!;
    [Parameter, EditorRequired] public IntegrationSheet Sheet { get; set; } = null!;

    // Of any integration: a person has one such run at a time.
    private bool IsSending => Runs.Of(Visitor.Actor).Any(r => r.Kind == Kind);

    // First days of the subscriptions that were not in force yet.
    private string TooLate => string.Join(", ", Sheet.Subscriptions.Select(s => s.Terms.From).Where(f => f > _since).Distinct().Order().Select(f => Words.Day(f)));

    protected override void OnInitialized()
    {
        Runs.Changed += OnRun;
        Gone.Register(() => Runs.Changed -= OnRun);
    }

    private void OnRun(Guid person)
    {
        if (person == Visitor.Actor.PersonId)
            _ = HearAsync(() => Task.CompletedTask);
    }

    private async Task PreviewAsync()
    {
        _isLooking = true;
        await ActAsync(async (actor, cancel) => _preview = await Missed.PreviewAsync(actor, Sheet.Row.Id, Now.AddDays(-7), 20, cancel));
        _isLooking = false;
    }

    private async Task CatchUpAsync()
    {
        var (id, since) = (Sheet.Row.Id, Paris.StartOf(_since!.Value));
        if (await ActAsync((actor, _) =>
        {
            Missed.MustReach(since);
            Runs.Begin(actor, Kind, expected: 0, $"/deliveries?destination={id}", async (run, cancel) =>
            {
                await Missed.SendMissedAsync(actor, id, since, run, cancel);
                return "ended";
            });
            return Task.CompletedTask;
        }))
            Tell(T["integration.catch_up.begun"], Severity.Info);
    }
}
