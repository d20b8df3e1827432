using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Web.Accounts;
using Tapwork.Web.Monitoring;

namespace Tapwork.Tests.Accounts;

/// <summary>Every page and every endpoint, seen by everybody.</summary>
[Collection(HostedTests.Name)]
public sealed partial class PolicyTests(HostedApp app)
{
    // All that is meant for whoever comes. A new line here is a decision.
    private static readonly string[] ForAnybody =
    [
        "/sign-in", "/setup", "/account/recovery", "/account/choose-password", "/denied", "/not-found", "/error",
        "/account/language", "/files/{token}", "/api/webhooks/{integration}", "/health/live", "/health/ready",
        // Static files of a development build.
        "/{**path:file}",
    ];

    // Outside systems sign in in their own ways.
    private static readonly string[] StandIns = ["/sandbox/symphonics/", "/sandbox/partner/", "/sandbox/webhook/"];

    private static readonly Dictionary<string, Role[]> Opens = new()
    {
        [Policies.SignedIn] = [Role.Installer, Role.Office, Role.Manager, Role.Admin],
        [Policies.Office] = [Role.Office, Role.Manager, Role.Admin],
        [Policies.Manager] = [Role.Manager, Role.Admin],
        [Policies.Admin] = [Role.Admin],
        [ProbeEndpoints.Policy] = [Role.Admin],
    };

    // The pages that are more than for anybody who has signed in, by who may open them: a page that slips to a wider policy is found.
    private static readonly (string Beginning, string Policy)[] Narrow =
    [
        ("/users", Policies.Admin), ("/jobs", Policies.Admin), ("/sandbox/api", Policies.Admin), ("/sandbox", Policies.Office), ("/deliveries", Policies.Office),
        ("/reconciliation", Policies.Office), ("/audit", Policies.Manager), ("/integrations", Policies.Admin), ("/alerts", Policies.Admin), ("/tasks", Policies.Admin), ("/log", Policies.Admin), ("/inbound", Policies.Office), ("/metrics", ProbeEndpoints.Policy),
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static IEnumerable<Type> Pages => typeof(Policies).Assembly.GetTypes().Where(t => t.GetCustomAttributes<RouteAttribute>().Any());

    [Fact]
    public void Every_page_names_a_policy_or_is_meant_for_anybody()
    {
        Pages.Count().ShouldBeGreaterThan(10);
        foreach (var page in Pages)
        {
            var routes = page.GetCustomAttributes<RouteAttribute>().Select(r => r.Template).ToList();
            if (page.GetCustomAttribute<AllowAnonymousAttribute>() is not null)
                routes.ShouldAllBe(r => ForAnybody.Contains(r), page.Name);
            else
                page.GetCustomAttribute<AuthorizeAttribute>()?.Policy.ShouldNotBeNull(page.Name);
            if (page.GetCustomAttribute<AllowAnonymousAttribute>() is null)
                Opens.Keys.ShouldContain(page.GetCustomAttribute<AuthorizeAttribute>()?.Policy, page.Name);
        }
    }

    [Fact]
    public void Every_endpoint_names_a_policy_or_is_meant_for_anybody()
    {
        app.Endpoints.Count().ShouldBeGreaterThan(30);
        app.Endpoints.OfType<RouteEndpoint>().Where(e => !IsGuarded(e)).Select(e => e.RoutePattern.RawText).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/forgotten", null, false)]
    [InlineData("/forgotten", Policies.Office, true)]
    [InlineData("/setup", null, false)]
    public void An_endpoint_without_a_policy_would_be_found(string path, string? policy, bool isGuarded)
    {
        var metadata = policy is null ? new EndpointMetadataCollection() : new EndpointMetadataCollection(new AuthorizeAttribute(policy));
        var endpoint = new RouteEndpoint(_ => Task.CompletedTask, Microsoft.AspNetCore.Routing.Patterns.RoutePatternFactory.Parse(path), 0, metadata, null);
        IsGuarded(endpoint).ShouldBe(isGuarded);
    }

    [Fact]
    public async Task Whoever_may_not_is_turned_away_from_every_page_and_endpoint_and_whoever_may_is_not()
    {
        var targets = app.Endpoints.OfType<RouteEndpoint>().Where(e => !IsForAnybody(e)).SelectMany(TargetsOf).Distinct().ToList();
        targets.Count.ShouldBeGreaterThan(20);
        var wrong = new List<string>();
        foreach (var role in (Role?[])[null, Role.Installer, Role.Office, Role.Manager, Role.Admin])
        {
            using var browser = await Browser.OfAsync(app, role);
            foreach (var (method, path, policies) in targets)
            {
                var may = role is { } known && policies.All(p => Opens[p].Contains(known));
                // What changes something is only knocked at by those who may not.
                if (may && method != HttpMethod.Get)
                    continue;
                using var answer = await browser.SendAsync(method, path);
                if (IsTurnedAway(answer) == may)
                    wrong.Add($"{role?.ToString() ?? "nobody"} {method} {path}: {(int)answer.StatusCode} {answer.Headers.Location}");
            }
        }
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void What_is_for_few_is_not_opened_to_more()
    {
        foreach (var endpoint in app.Endpoints.OfType<RouteEndpoint>().Where(e => !IsForAnybody(e)))
        {
            var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/');
            if (Narrow.FirstOrDefault(n => path.StartsWith(n.Beginning, StringComparison.Ordinal)) is { Policy: { } policy })
                PoliciesOf(endpoint).ShouldContain(policy, path);
        }
    }

    [Fact]
    public async Task Nobody_is_led_to_the_sign_in_page_and_back()
    {
        using var browser = await Browser.OfAsync(app, null);
        var answer = await browser.GetAsync("/interventions?status=Published");
        answer.Headers.Location!.PathAndQuery.ShouldBe("/sign-in?to=%2Finterventions%3Fstatus%3DPublished");
    }

    // The one way into wwwroot past its manifest is Development's own, and closed to all but the signed-in by the fallback.
    private static bool IsGuarded(RouteEndpoint endpoint) => endpoint.RoutePattern.RawText == "{**path:file}" || IsForAnybody(endpoint) || PoliciesOf(endpoint).Any(Opens.ContainsKey);

    // To be meant for anybody takes both: the endpoint says so, and it stands in the list.
    private static bool IsForAnybody(RouteEndpoint endpoint)
    {
        if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null)
            return false;
        var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/');
        return endpoint.Metadata.Any(m => m.GetType().Name == "StaticAssetDescriptor") || ForAnybody.Contains(path) || StandIns.Any(s => path.StartsWith(s, StringComparison.Ordinal));
    }

    private static IEnumerable<string> PoliciesOf(Endpoint endpoint) => endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(a => a.Policy).OfType<string>();

    private IEnumerable<(HttpMethod, string, string[])> TargetsOf(RouteEndpoint endpoint)
    {
        var path = "/" + Parameters().Replace(endpoint.RoutePattern.RawText!.TrimStart('/'), m => Sample(m.Groups[1].Value));
        var methods = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"];
        var policies = PoliciesOf(endpoint).ToArray();
        // The circuit's own addresses answer in their own way; that they ask for a session is tested above.
        return path.StartsWith("/_blazor", StringComparison.Ordinal) || path.StartsWith("/_framework", StringComparison.Ordinal) ? []
            : methods.Where(m => m is "GET" || !Pages.Any(p => p.GetCustomAttributes<RouteAttribute>().Any(r => r.Template == endpoint.RoutePattern.RawText)))
                .Select(m => (HttpMethod.Parse(m), path, policies));
    }

    private string Sample(string parameter)
    {
        using var db = app.Open();
        return parameter switch
        {
            _ when parameter.Contains("long", StringComparison.Ordinal) => "1",
            _ when parameter.StartsWith("sha256", StringComparison.Ordinal) => new string('0', 64),
            _ when parameter.StartsWith("externalId", StringComparison.OrdinalIgnoreCase) => "unknown",
            _ when parameter.StartsWith("code", StringComparison.OrdinalIgnoreCase) => "REQ-I-001",
            _ when parameter.StartsWith("RecordType", StringComparison.Ordinal) => "Person",
            _ when parameter.StartsWith("RecordId", StringComparison.Ordinal) => "unknown",
            _ when parameter.Contains("guid", StringComparison.Ordinal) => db.Interventions.AsNoTracking().First().Id.ToString(),
            _ => "",
        };
    }

    private static bool IsTurnedAway(HttpResponseMessage answer) => answer.StatusCode switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => true,
        HttpStatusCode.Redirect => answer.Headers.Location!.ToString() is var to && (to.Contains("/sign-in", StringComparison.Ordinal) || to.Contains("/denied", StringComparison.Ordinal)),
        _ => false,
    };

    [GeneratedRegex(@"\{\*{0,2}([^}]+)\}")]
    private static partial Regex Parameters();
}
