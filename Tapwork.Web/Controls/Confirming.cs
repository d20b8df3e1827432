using MudBlazor;

namespace Tapwork.Web.Controls;

public static class Confirming
{
    /// <summary>Asks before something that cannot be undone.</summary>
    /// <param name="dialogs">Where it is shown.</param>
    /// <param name="title">What is asked.</param>
    /// <param name="text">What will happen.</param>
    /// <param name="action">The verb on the button.</param>
    /// <param name="reasonLabel">Label of the reason asked for, if one is.</param>
    /// <param name="isDangerous">Whether the button is drawn as such.</param>
    /// <returns>The reason (empty when none is asked for), or null when the person thought better of it.</returns>
    public static async Task<string?> ConfirmAsync(
        this IDialogService dialogs, string title, string text, string action, string? reasonLabel = null, bool isDangerous = false)
    {
        var parameters = new DialogParameters<ConfirmDialog>
        {
            { d => d.Title, title },
            { d => d.Text, text },
            { d => d.Action, action },
            { d => d.ReasonLabel, reasonLabel },
            { d => d.IsDangerous, isDangerous },
        };
        var dialog = await dialogs.ShowAsync<ConfirmDialog>(title, parameters);
        return await dialog.Result is { Canceled: false, Data: string reason } ? reason : null;
    }
}
