using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Tapwork.Core;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Web.Sandbox;

namespace Tapwork.Tests;

public class ArchitectureTests
{
    private static readonly Assembly Core = typeof(Entity).Assembly;
    private static readonly Assembly Infrastructure = typeof(TapworkDbContext).Assembly;
    private static readonly Assembly Web = typeof(SandboxSettings).Assembly;

    private static readonly HashSet<string> NoRooms = new(StringComparer.OrdinalIgnoreCase)
    {
        "Services", "Helpers", "Common", "Models", "DTOs", "Interfaces", "Utils", "Utilities", "Managers", "Extensions", "Shared", "Base", "Misc",
    };

    [Fact]
    public void Core_uses_the_base_class_library_and_nothing_else()
    {
        Core.GetReferencedAssemblies().Select(a => a.Name!).Where(n => !n.StartsWith("System.", StringComparison.Ordinal)).ShouldBeEmpty();
        ReferencesOf("Tapwork.Core").ShouldBeEmpty();
    }

    [Fact]
    public void The_four_projects_look_one_way()
    {
        ReferencesOf("Tapwork.Infrastructure").ShouldBe(["Tapwork.Core"], ignoreOrder: true);
        Infrastructure.GetReferencedAssemblies().Select(a => a.Name).ShouldNotContain("Tapwork.Web");
        ReferencesOf("Tapwork.Web").Except(["Tapwork.Core", "Tapwork.Infrastructure"]).ShouldBeEmpty();
    }

    [Fact]
    public void Web_never_names_the_context() =>
        House.FilesOf("Tapwork.Web", ".cs", ".razor", ".cshtml").Where(f => File.ReadAllText(f).Contains("TapworkDbContext", StringComparison.Ordinal))
            .Select(f => Path.GetRelativePath(House.Root, f)).ShouldBeEmpty();

    [Fact]
    public void Rooms_bear_the_names_of_features() =>
        House.Projects.SelectMany(House.FoldersOf).Where(f => NoRooms.Contains(Path.GetFileName(f)))
            .Select(f => Path.GetRelativePath(House.Root, f)).ShouldBeEmpty();

    [Fact]
    public void No_type_bears_its_namespace_s_last_word() =>
        new[] { Core, Infrastructure, Web, typeof(ArchitectureTests).Assembly }.SelectMany(a => a.GetTypes())
            .Where(t => t is { IsNested: false, Namespace: { } space } && t.GetCustomAttribute<CompilerGeneratedAttribute>() is null
                && t.Name.Split('`')[0] == space[(space.LastIndexOf('.') + 1)..])
            .Select(t => t.FullName).ShouldBeEmpty();

    [Fact]
    public void Texts_have_the_same_keys_in_both_languages()
    {
        var files = House.Projects.SelectMany(p => House.FilesOf(p, ".resx")).ToList();
        foreach (var english in files.Where(f => !f.EndsWith(".fr.resx", StringComparison.Ordinal)))
        {
            var french = english[..^".resx".Length] + ".fr.resx";
            files.ShouldContain(french);
            KeysOf(french).ShouldBe(KeysOf(english), ignoreOrder: true, Path.GetRelativePath(House.Root, english));
        }
        foreach (var french in files.Where(f => f.EndsWith(".fr.resx", StringComparison.Ordinal)))
            files.ShouldContain(french[..^".fr.resx".Length] + ".resx");
    }

    [Fact]
    public void No_text_is_empty() =>
        House.Projects.SelectMany(p => House.FilesOf(p, ".resx"))
            .SelectMany(f => XDocument.Load(f).Root!.Elements("data").Where(d => string.IsNullOrWhiteSpace(d.Element("value")?.Value))
                .Select(d => $"{Path.GetRelativePath(House.Root, f)}: {d.Attribute("name")?.Value}"))
            .ShouldBeEmpty();

    private static List<string> KeysOf(string resx) => [.. XDocument.Load(resx).Root!.Elements("data").Select(d => d.Attribute("name")!.Value)];

    private static List<string> ReferencesOf(string project) =>
        [.. XDocument.Load(Path.Combine(House.Root, project, project + ".csproj")).Descendants()
            .Where(e => e.Name.LocalName == "ProjectReference" || (project == "Tapwork.Core" && e.Name.LocalName.EndsWith("Reference", StringComparison.Ordinal)))
            .Select(e => Path.GetFileNameWithoutExtension(e.Attribute("Include")!.Value.Replace('\\', '/')))];
}
