using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Tapwork.Infrastructure.Drafts;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Web.Accounts;

namespace Tapwork.Web.Controls;

public sealed partial class DraftKeeper
{
    private readonly CancellationTokenSource _gone = new();
    private readonly CancellationToken _closed;
    private DotNetObjectReference<DraftKeeper>? _self;
    private DateTimeOffset? _restoredAt;

    public DraftKeeper() => _closed = _gone.Token;

    [Inject] private DraftDesk Drafts { get; set; } = null!;
    [Inject] private Visitor Visitor { get; set; } = null!;
    [Inject] private IJSRuntime Js { get; set; } = null!;
    [Inject] private TimeProvider Clock { get; set; } = null!;

    // A browser may be used by several people one after the other: nobody finds another's words.
    private string Key => $"{Visitor.Actor.PersonId:n}/{Form}";

    /// <summary>Called by the browser when the person pauses.</summary>
    /// <returns>Whether the server has it; if not, the browser's mirror stays ahead.</returns>
    [JSInvokable]
    public async Task<bool> KeepAsync(Dictionary<string, string> fields) => await Drafts.KeepAsync(Visitor.Actor, Form, fields, _closed) is not null;

    /// <summary>After a change that came from no key, e.g. a row taken out.</summary>
    public ValueTask TypedAsync() => Js.InvokeVoidAsync("tapwork.draft.typed", Key);

    /// <summary>What was typed is saved: the draft goes.</summary>
    public async Task DropAsync()
    {
        _restoredAt = null;
        await Js.InvokeVoidAsync("tapwork.draft.drop", Key);
        try
        {
            await Drafts.DropAsync(Visitor.Actor, Form, _closed);
        }
        catch (Exception e) when (DatabaseWeather.IsPassing(e))
        {
            // The sweep takes it.
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        var mirror = await BeginAsync();
        if (await FindAsync(mirror) is not { } found)
            return;
        if (!Restore(found.Fields))
        {
            await DropAsync();
            await BeginAsync();
            return;
        }
        _restoredAt = found.SavedAt;
        StateHasChanged();
    }

    // What was typed while the server was away is in the mirror alone.
    private async Task<KeptDraft?> FindAsync(Mirror? mirror)
    {
        if (mirror is { IsAhead: true })
            return new KeptDraft(mirror.Fields, DateTimeOffset.FromUnixTimeMilliseconds(mirror.At));
        try
        {
            return await Drafts.FindAsync(Visitor.Actor, Form, _closed);
        }
        catch (Exception e) when (DatabaseWeather.IsPassing(e))
        {
            return mirror is null ? null : new KeptDraft(mirror.Fields, DateTimeOffset.FromUnixTimeMilliseconds(mirror.At));
        }
    }

    private ValueTask<Mirror?> BeginAsync() => Js.InvokeAsync<Mirror?>("tapwork.draft.begin", Key, _self ??= DotNetObjectReference.Create(this), DraftDesk.Largest);

    private async Task DiscardAsync()
    {
        await DropAsync();
        await Discarded.InvokeAsync();
        await BeginAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        try
        {
            await Js.InvokeVoidAsync("tapwork.draft.leave", Key);
        }
        catch (Exception e) when (e is JSDisconnectedException or OperationCanceledException)
        {
            // The page is gone, and its timers with it.
        }
        _self?.Dispose();
        _gone.Dispose();
    }

    /// <param name="At">Milliseconds since 1970, by the browser's clock.</param>
    /// <param name="IsAhead">Whether the server has not got it.</param>
    private sealed record Mirror(Dictionary<string, string> Fields, long At, bool IsAhead);
}
