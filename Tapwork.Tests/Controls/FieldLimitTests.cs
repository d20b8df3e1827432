using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using Tapwork.Infrastructure.Drafts;
using Tapwork.Tests.Accounts;

namespace Tapwork.Tests.Controls;

/// <summary>What a browser may send over a circuit: a larger message cuts it, and with it what was typed.</summary>
[Collection(HostedTests.Name)]
public sealed partial class FieldLimitTests(HostedApp app)
{
    // Three bytes for a character at most, and room for what stands around them.
    [Fact]
    public void A_circuit_takes_the_longest_draft_there_can_be()
    {
        var hub = Assembly.Load("Microsoft.AspNetCore.Components.Server").GetType("Microsoft.AspNetCore.Components.Server.ComponentHub", throwOnError: true)!;
        var options = (IOptions<HubOptions>)app.Services.GetService(typeof(IOptions<>).MakeGenericType(typeof(HubOptions<>).MakeGenericType(hub)))!;
        options.Value.MaximumReceiveMessageSize!.Value.ShouldBeGreaterThan(3 * DraftDesk.Largest + 1000);
    }

    [Fact]
    public void Every_field_of_text_has_a_maximum() => House.FilesOf("Tapwork.Web", ".razor")
        .SelectMany(file => Fields().Matches(File.ReadAllText(file)).Select(m => (File: Path.GetFileName(file), Tag: m.Value)))
        .Where(field => !WithoutText().IsMatch(field.Tag) && !field.Tag.Contains("maxlength=", StringComparison.Ordinal))
        .Select(field => $"{field.File}: {field.Tag}").ShouldBeEmpty();

    [GeneratedRegex("<(input|textarea)\\b(?:\"[^\"]*\"|@\\([^)]*\\)|[^>\"])*>")]
    private static partial Regex Fields();

    [GeneratedRegex("type=\"(checkbox|radio|file|hidden|number|date|datetime-local|time)\"")]
    private static partial Regex WithoutText();
}
