using Microsoft.AspNetCore.Components;

namespace Tapwork.Web.Controls;

public sealed partial class Entry
{
    private string? _text, _known;
    [Parameter, EditorRequired] public string Id { get; set; } = "";
    [Parameter, EditorRequired] public string Label { get; set; } = "";
    [Parameter] public string? Value { get; set; }
    [Parameter] public EventCallback<string?> ValueChanged { get; set; }

    /// <summary>While typing, for what must not be lost; the value itself is taken on leaving.</summary>
    [Parameter] public EventCallback<string?> Typed { get; set; }

    [Parameter] public string? Help { get; set; }
    [Parameter] public string? Error { get; set; }
    [Parameter] public string Type { get; set; } = "text";
    [Parameter] public string? InputMode { get; set; }
    [Parameter] public string? AutoComplete { get; set; } = "off";
    [Parameter] public string? Placeholder { get; set; }
    /// <summary>Characters that can be typed. No field is without: a message of a browser has a limit too.</summary>
    [Parameter] public int? Maximum { get; set; }

    private int Limit => Maximum ?? 10_000;

    [Parameter] public int Lines { get; set; } = 1;
    [Parameter] public string Width { get; set; } = "half";
    [Parameter] public bool IsOptional { get; set; }
    [Parameter] public bool IsDisabled { get; set; }
    [Parameter] public RenderFragment? ChildContent { get; set; }

    private string? DescribedBy => Error is not null ? $"{Id}-error" : Help is not null ? $"{Id}-help" : null;

    // A value that is handed back late must not take the place of what has been typed since.
    protected override void OnParametersSet()
    {
        if (Value != _known)
            _text = _known = Value;
    }

    private Task TakeAsync(ChangeEventArgs e) => ValueChanged.InvokeAsync(_known = e.Value?.ToString());

    private Task TypeAsync(string? text)
    {
        _text = text;
        return Typed.HasDelegate ? Typed.InvokeAsync(text) : Task.CompletedTask;
    }
}
