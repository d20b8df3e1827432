using Microsoft.Extensions.DependencyInjection;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Drafts;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Integrations.Webhook;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Infrastructure;

/// <summary>All recurring jobs and their times (Europe/Paris), none in the hour in which the clocks change. Each is safe to run twice, and at several instances at once.</summary>
public static class RecurringJobs
{
    public static readonly IReadOnlyList<RecurringJob> Table =
    [
        new("relay-events", JobSchedule.Every(1), (s, cancel) => s.GetRequiredService<EventRelay>().GivePositionsAsync(cancel)),
        new("retry-parked-events", JobSchedule.Every(1), (s, cancel) => s.GetRequiredService<RetryParkedEventsJob>().RunAsync(cancel)),
        new("retry-due-deliveries", JobSchedule.Every(1), (s, cancel) => s.GetRequiredService<RetryDueDeliveriesJob>().RunAsync(cancel)),
        new("send-emails", JobSchedule.Every(1), (s, cancel) => s.GetRequiredService<SendEmailsJob>().RunAsync(cancel)),
        new("process-inbound-calls", JobSchedule.Every(1), (s, cancel) => s.GetRequiredService<ProcessInboundCallsJob>().RunAsync(cancel)),
        new("watch", JobSchedule.Every(1), (s, cancel) => s.GetRequiredService<WatchJob>().RunAsync(cancel)),
        new("roll-up-attempts", JobSchedule.Every(1), (s, cancel) => s.GetRequiredService<RollUpAttemptsJob>().RunAsync(cancel)),
        new("recheck-pdls", JobSchedule.Every(5), (s, cancel) => s.GetRequiredService<RecheckPdlsJob>().RunAsync(cancel)),
        new("give-up-silent-endpoints", JobSchedule.Every(60), (s, cancel) => s.GetRequiredService<GiveUpSilentEndpointsJob>().RunAsync(cancel)),
        new("reconcile", JobSchedule.Daily(1, 30), (s, cancel) => s.GetRequiredService<ReconcileJob>().RunAsync(cancel)),
        new("seal-audit", JobSchedule.Every(5), (s, cancel) => s.GetRequiredService<AuditSealer>().SealAsync(cancel)),
        new("verify-audit", JobSchedule.Daily(3, 0), (s, cancel) => s.GetRequiredService<VerifyAuditJob>().RunAsync(cancel)),
        new("verify-recent-audit", JobSchedule.Every(15), (s, cancel) => s.GetRequiredService<VerifyRecentAuditJob>().RunAsync(cancel)),
        new("retire-audit", JobSchedule.Daily(3, 15), (s, cancel) => s.GetRequiredService<RetireAuditJob>().RunAsync(cancel)),
        new("sweep-orphan-files", JobSchedule.Daily(3, 30), (s, cancel) => s.GetRequiredService<SweepOrphanFilesJob>().RunAsync(cancel)),
        new("retire-webhook-payloads", JobSchedule.Daily(4, 0), (s, cancel) => s.GetRequiredService<RetireWebhookPayloadsJob>().RunAsync(cancel)),
        new("retire-log", JobSchedule.Daily(4, 15), (s, cancel) => s.GetRequiredService<RetireLogJob>().RunAsync(cancel)),
        new("sweep-drafts", JobSchedule.Daily(3, 45), (s, cancel) => s.GetRequiredService<SweepDraftsJob>().RunAsync(cancel)),
    ];
}
