using MudBlazor;

namespace Tapwork.Web.Controls;

/// <summary>Asks for the one thing an action needs to know; null when the person thought better of it.</summary>
public static class Asking
{
    public static async Task<DateOnly?> AskDateAsync(this IDialogService dialogs, string title, string text, string label, string action, DateOnly proposed) =>
        await AskAsync(dialogs, title, text, label, action, TypedDate.Show(proposed)) is DateOnly day ? day : null;

    /// <returns>The value chosen, empty for none of them.</returns>
    public static async Task<string?> AskChoiceAsync(
        this IDialogService dialogs, string title, string text, string label, string action, IReadOnlyList<(string, string)> choices, string? chosen, string empty) =>
        await AskAsync(dialogs, title, text, label, action, chosen, choices, empty) as string;

    private static async Task<object?> AskAsync(
        IDialogService dialogs, string title, string text, string label, string action, string? value, IReadOnlyList<(string, string)>? choices = null, string? empty = null)
    {
        var parameters = new DialogParameters<AskDialog>
        {
            { d => d.Title, title },
            { d => d.Text, text },
            { d => d.Label, label },
            { d => d.Action, action },
            { d => d.Value, value },
            { d => d.Choices, choices },
            { d => d.Empty, empty },
        };
        var dialog = await dialogs.ShowAsync<AskDialog>(title, parameters);
        return await dialog.Result is { Canceled: false } result ? result.Data : null;
    }
}
