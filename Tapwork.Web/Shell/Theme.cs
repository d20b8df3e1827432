using MudBlazor;

namespace Tapwork.Web.Shell;

/// <summary>One accent (deep teal), neutral greys, status colours for status only; dark is designed, not inverted. The same figures stand in <c>app.css</c>.</summary>
internal static class Theme
{
    private static readonly string[] Font = ["Inter", "system-ui", "Segoe UI", "sans-serif"];

    public static readonly MudTheme Tapwork = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#0b6e69",
            PrimaryContrastText = "#ffffff",
            Secondary = "#4a5560",
            Background = "#f6f7f8",
            Surface = "#ffffff",
            AppbarBackground = "#ffffff",
            AppbarText = "#1c2329",
            DrawerBackground = "#ffffff",
            DrawerText = "#1c2329",
            TextPrimary = "#1c2329",
            TextSecondary = "#56616c",
            ActionDefault = "#56616c",
            LinesDefault = "#dfe3e6",
            LinesInputs = "#8b959e",
            TableLines = "#e7eaec",
            Divider = "#dfe3e6",
            Success = "#14663b",
            Warning = "#96610a",
            Error = "#b3261e",
            Info = "#1f62a6",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#4fbdb4",
            PrimaryContrastText = "#06201e",
            Secondary = "#a9b4bd",
            Background = "#12171b",
            Surface = "#1a2126",
            AppbarBackground = "#1a2126",
            AppbarText = "#e6eaed",
            DrawerBackground = "#1a2126",
            DrawerText = "#e6eaed",
            TextPrimary = "#e6eaed",
            TextSecondary = "#a3afb8",
            ActionDefault = "#a3afb8",
            LinesDefault = "#2c363d",
            LinesInputs = "#6b7780",
            TableLines = "#263038",
            Divider = "#2c363d",
            Success = "#5bc58c",
            Warning = "#e0a94a",
            Error = "#f2837b",
            Info = "#7db4ec",
        },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "6px", AppbarHeight = "52px", DrawerWidthLeft = "208px" },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = Font, FontSize = "0.875rem", LineHeight = "1.45", LetterSpacing = "normal" },
            Button = new ButtonTypography { FontFamily = Font, FontSize = "0.875rem", FontWeight = "550", TextTransform = "none", LetterSpacing = "normal" },
        },
    };
}
