using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Tapwork.Core.Interventions;

namespace Tapwork.Web.Interventions;

public sealed partial class EquipmentRows
{
    private string? _focus;

    [Parameter, EditorRequired] public InterventionForm Form { get; set; } = null!;
    [Parameter, EditorRequired] public Func<string, string?> ErrorOf { get; set; } = null!;

    /// <summary>A field was left.</summary>
    [Parameter] public EventCallback<string> Taken { get; set; }

    /// <summary>A row came or went.</summary>
    [Parameter] public EventCallback Changed { get; set; }

    [Inject] private IJSRuntime Js { get; set; } = null!;

    private Task TakeAsync(string id, string? text)
    {
        Form[id] = text ?? "";
        return Taken.InvokeAsync(id);
    }

    private async Task AddAsync()
    {
        Form.AddRow();
        _focus = InterventionForm.Cell(Form.Rows - 1, nameof(Equipment.Name));
        await Changed.InvokeAsync();
    }

    private async Task RemoveAsync(int row)
    {
        Form.RemoveRow(row);
        _focus = InterventionForm.Cell(Math.Min(row, Form.Rows - 1), nameof(Equipment.Name));
        await Changed.InvokeAsync();
    }

    // The keyboard goes on where the row is.
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_focus is not { } field)
            return;
        _focus = null;
        await Js.InvokeVoidAsync("tapwork.focus", field);
    }
}
