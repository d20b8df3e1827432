using Hangfire;
using Tapwork.Web.Accounts;

namespace Tapwork.Web.Monitoring;

public static class JobEndpoints
{
    /// <summary>The scheduler's own dashboard.</summary>
    public const string Path = "/jobs";

    public static void MapJobs(this IEndpointRouteBuilder routes) =>
        routes.MapHangfireDashboardWithAuthorizationPolicy(Policies.Admin, Path, new DashboardOptions { DashboardTitle = "Tapwork", DisplayStorageConnectionString = false });
}
