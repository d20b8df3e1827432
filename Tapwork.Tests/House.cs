using System.Runtime.CompilerServices;

namespace Tapwork.Tests;

/// <summary>The source the tests were built from.</summary>
public static class House
{
    public static readonly IReadOnlyList<string> Projects = ["Tapwork.Core", "Tapwork.Infrastructure", "Tapwork.Web", "Tapwork.Tests"];

    public static string Root { get; } = Path.GetDirectoryName(Path.GetDirectoryName(Here()))!;

    /// <summary>Files of a project, whatever is built left out.</summary>
    public static IEnumerable<string> FilesOf(string project, params string[] endings) =>
        Directory.EnumerateFiles(Path.Combine(Root, project), "*", SearchOption.AllDirectories)
            .Where(f => !IsBuilt(f) && (endings.Length == 0 || endings.Any(e => f.EndsWith(e, StringComparison.Ordinal))));

    public static IEnumerable<string> FoldersOf(string project) =>
        Directory.EnumerateDirectories(Path.Combine(Root, project), "*", SearchOption.AllDirectories).Where(f => !IsBuilt(f + "/"));

    private static bool IsBuilt(string path)
    {
        var inside = Path.GetRelativePath(Root, path).Replace('\\', '/');
        return inside.Contains("/obj/", StringComparison.Ordinal) || inside.Contains("/bin/", StringComparison.Ordinal)
            || inside.EndsWith("/obj", StringComparison.Ordinal) || inside.EndsWith("/bin", StringComparison.Ordinal);
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
