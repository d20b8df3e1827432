using Microsoft.AspNetCore.Components;

namespace Tapwork.Web.Controls;

/// <summary>Filter, search and page live in the address, so that a view can be sent to a colleague and Back works.</summary>
public static class UrlState
{
    /// <summary>The same page with these query values; null takes one away, the last of two under one name stands.</summary>
    public static void GoWith(this NavigationManager navigation, params ReadOnlySpan<(string Name, string? Value)> changes)
    {
        var query = new Dictionary<string, object?>();
        foreach (var (name, value) in changes)
            query[name] = value;
        navigation.NavigateTo(navigation.GetUriWithQueryParameters(query));
    }
}
