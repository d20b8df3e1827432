using System.Net;
using Hangfire;
using Tapwork.Core.Accounts;
using Tapwork.Tests.Accounts;
using Tapwork.Web.Monitoring;

namespace Tapwork.Tests.Monitoring;

/// <summary>The scheduler's own dashboard is to look at: what was done there would leave no audit entry.</summary>
[Collection(HostedTests.Name)]
public sealed class SchedulerDashboardTests(HostedApp app)
{
    [Theory]
    [InlineData("recurring/trigger", "verify-audit")]
    [InlineData("recurring/remove", "verify-audit")]
    [InlineData("jobs/enqueued/delete", "1")]
    [InlineData("jobs/scheduled/enqueue", "1")]
    [InlineData("jobs/failed/requeue", "1")]
    [InlineData("jobs/failed/delete", "1")]
    [InlineData("jobs/processing/delete", "1")]
    [InlineData("jobs/actions/requeue/1", "1")]
    [InlineData("jobs/actions/delete/1", "1")]
    public async Task An_administrator_can_do_nothing_there(string command, string job)
    {
        using var browser = await Browser.OfAsync(app, Role.Admin);
        (await browser.GetAsync(JobEndpoints.Path)).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var content = new FormUrlEncodedContent([KeyValuePair.Create("jobs[]", job)]);
        (await browser.SendAsync(HttpMethod.Post, $"{JobEndpoints.Path}/{command}", content)).StatusCode.ShouldBeOneOf(HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden);
        using var connection = app.Of<JobStorage>().GetConnection();
        connection.GetAllItemsFromSet("recurring-jobs").ShouldContain("verify-audit");
        connection.GetAllEntriesFromHash("recurring-job:verify-audit").ShouldNotContainKey("LastJobId");
    }
}
