using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Components;

namespace Tapwork.Web.Controls;

/// <summary>Filter, search and page live in the address, so that a view can be sent to a colleague and Back works.</summary>
public static class UrlState
{
    private static readonly ConditionalWeakTable<NavigationManager, Way> Ways = [];

    /// <summary>The same page with these query values; null takes one away, the last of two under one name stands.</summary>
    public static void GoWith(this NavigationManager navigation, params ReadOnlySpan<(string Name, string? Value)> changes)
    {
        var query = new Dictionary<string, object?>();
        foreach (var (name, value) in changes)
            query[name] = value;
        var way = Ways.GetValue(navigation, n => new Way(n));
        way.Target = navigation.GetUriWithQueryParameters(way.Target ?? navigation.Uri, query);
        navigation.NavigateTo(way.Target);
    }

    /// <summary>The number of a row or page in the address; null when the value is no such number.</summary>
    public static long? NumberOf(string? value) => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The choice in the address; null when the value is none of them.</summary>
    public static T? ChoiceOf<T>(string? value) where T : struct, Enum => Enum.TryParse<T>(value, out var choice) && Enum.IsDefined(choice) ? choice : null;

    // The address is the browser's, and comes back a moment later: who changes two filters at once must not lose the first.
    private sealed class Way
    {
        public Way(NavigationManager navigation) => navigation.LocationChanged += (_, moved) =>
        {
            if (moved.Location == Target || PathOf(moved.Location) != PathOf(Target))
                Target = null;
        };

        /// <summary>Where the browser was sent and has not yet arrived.</summary>
        public string? Target { get; set; }

        private static string? PathOf(string? address) => address?.Split('?')[0];
    }
}
