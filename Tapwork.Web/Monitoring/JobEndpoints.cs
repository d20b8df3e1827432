using Hangfire;
using Tapwork.Web.Accounts;

namespace Tapwork.Web.Monitoring;

public static class JobEndpoints
{
    /// <summary>The scheduler's own dashboard, to look at: what is done there leaves no audit entry, so jobs are run and paused on the page of tasks.</summary>
    public const string Path = "/jobs";

    public static void MapJobs(this IEndpointRouteBuilder routes) =>
        routes.MapHangfireDashboardWithAuthorizationPolicy(Policies.Admin, Path, new DashboardOptions { DashboardTitle = "Tapwork", DisplayStorageConnectionString = false, IsReadOnlyFunc = _ => true });
}
