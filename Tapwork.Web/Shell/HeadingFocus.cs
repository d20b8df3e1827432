using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Tapwork.Web.Shell;

/// <summary>
/// On arriving at a page, puts the focus on its heading, as the framework's own FocusOnNavigate does; but not when the person has gone to a field meanwhile:
/// on a slow line what they type there would go nowhere.
/// </summary>
public sealed class HeadingFocus : ComponentBase
{
    private Type? _page;
    private bool _hasArrived;

    [Parameter, EditorRequired] public Microsoft.AspNetCore.Components.RouteData Route { get; set; } = null!;

    [Inject] private IJSRuntime Script { get; set; } = null!;

    protected override void OnParametersSet()
    {
        _hasArrived |= _page != Route.PageType;
        _page = Route.PageType;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!_hasArrived)
            return;
        _hasArrived = false;
        await Script.InvokeVoidAsync("tapwork.arrive");
    }
}
