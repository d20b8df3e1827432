using System.Resources;
using System.Text.RegularExpressions;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Documents;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;
using Tapwork.Core.Monitoring;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Notifications;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Infrastructure.Webhooks;
using Tapwork.Tests.Persistence;
using Tapwork.Web.Auditing;
using Tapwork.Web.Sandbox;
using Tapwork.Web.Shell;

namespace Tapwork.Tests.Shell;

public sealed partial class TextsTests
{
    private static readonly Dictionary<string, string> English = Read(""), French = Read("fr");

    // Keys that are put together: what stands before the brace.
    private static readonly string[] Composed = ["rule.", "user.role.help.", "sandbox.tile.", "sandbox.webhook.", "notification.", "time.", "refused.title.", "refused.text.",
        "SheetAction.", "history.", "details.", "equipment.", "intervention.tab.", "photos.place.", "PhotoKind.", "DocumentKind.", "partner_status.", "account.status.", "meter.",
        "topic.", "audit.fault.", "audit.raw.", "audit.record.", "audit.kind.", "audit.action.", "audit.field.", "audit.says.", "reason.", "closure.", "delivery.next.", "attempt.", "fault.", "finding.", "run.", "integration.step.", "integration.secret.overlap.", "integration.sentence.", "integration.span.", "integration.perf.", "alert.unit.", "job.", "reader.", "dossier.field."];

    public static TheoryData<Type> ShownStates =>
    [
        typeof(AccountStanding), typeof(AccountState), typeof(AlertKind), typeof(BreakerState), typeof(Criticality), typeof(DeliveryStatus), typeof(DocumentKind), typeof(DossierPart), typeof(DossierState), typeof(Gravity), typeof(Health), typeof(InboundStatus), typeof(LifeCyclePhase), typeof(LogKind), typeof(InterventionStatus), typeof(PdlState),
        typeof(PhotoKind), typeof(Role), typeof(Fault), typeof(SignInOutcome),
    ];

    [Fact]
    public void Both_languages_have_the_same_keys_and_no_empty_text()
    {
        English.Keys.Except(French.Keys).ShouldBeEmpty("missing in French");
        French.Keys.Except(English.Keys).ShouldBeEmpty("missing in English");
        English.Concat(French).Where(t => string.IsNullOrWhiteSpace(t.Value)).ShouldBeEmpty();
    }

    [Fact]
    public void Both_languages_are_filled_with_the_same_arguments() =>
        English.Where(t => French.TryGetValue(t.Key, out var french) && Arguments(t.Value) != Arguments(french)).Select(t => t.Key).ShouldBeEmpty();

    [Fact]
    public void Every_key_a_screen_asks_for_exists()
    {
        var asked = Sources("Tapwork.Web").SelectMany(s => KeysIn().Matches(s.Text).Select(m => (Key: m.Groups[1].Value, s.Path))).ToList();
        asked.Count.ShouldBeGreaterThan(100);
        asked.Where(a => !English.ContainsKey(a.Key)).Select(a => $"{a.Key} in {a.Path}").ShouldBeEmpty();
    }

    // A key that is put together would escape the test above: only from the beginnings known here, whose ends are tested each in its own way.
    [Fact]
    public void Keys_are_put_together_only_where_this_test_knows_of_it()
    {
        var composed = Sources("Tapwork.Web").SelectMany(s => ComposedIn().Matches(s.Text).Select(m => (Beginning: m.Groups[1].Value, s.Path))).ToList();
        composed.Where(c => c.Beginning.Length > 0 && !Composed.Any(k => c.Beginning.StartsWith(k, StringComparison.Ordinal))).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(ShownStates))]
    public void Every_state_that_is_shown_has_its_word(Type states) =>
        Enum.GetNames(states).Select(name => $"{states.Name}.{name}").Except(["SignInOutcome.Welcome", "Fault.None"]).Where(key => !English.ContainsKey(key)).ShouldBeEmpty();

    [Fact]
    public void Every_rule_that_can_be_broken_has_its_words()
    {
        var rules = Sources("Tapwork.Core").Concat(Sources("Tapwork.Infrastructure")).Concat(Sources("Tapwork.Web"))
            .SelectMany(s => RulesIn().Matches(s.Text)).SelectMany(m => Quoted().Matches(m.Value)).Select(m => m.Groups[1].Value).Distinct().ToList();
        rules.Count.ShouldBeGreaterThan(60);
        rules.ShouldContain("postal_code.malformed");
        rules.Where(r => !English.ContainsKey($"rule.{r}")).ShouldBeEmpty();
    }

    [Fact]
    public void Every_kind_of_notification_is_told_in_words() =>
        Audience.Topics.Append(NotificationReader.MailFailed).Where(kind => !English.ContainsKey($"notification.{kind}")).ShouldBeEmpty();

    [Fact]
    public void Every_entry_of_the_trail_is_told_in_words()
    {
        var told = Sources("Tapwork.Infrastructure").SelectMany(s => ToldIn().Matches(s.Text)).Select(m => m.Groups[1].Value)
            .Concat([AuditAnchoring.Action, AuditErasure.Action, AuditRetention.Action, AuditReports.Whole, AuditReports.Broken, ParkedEventCommands.ProcessedAgain, ParkedEventCommands.Skipped, "created", "changed", "removed"]).ToList();
        told.Count.ShouldBeGreaterThan(10);
        AuditWords.Actions.Except(told).Concat(told.Except(AuditWords.Actions)).ShouldBeEmpty("the choices of the filter are what is told");
        told.SelectMany(action => (string[])[$"audit.action.{action}", $"audit.says.{action}"]).Where(key => !English.ContainsKey(key)).ShouldBeEmpty();
        Enum.GetNames<AuditFault>().Select(fault => $"audit.fault.{fault}").Where(key => !English.ContainsKey(key)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_audited_record_and_field_has_its_words()
    {
        var audited = Models.Of(DatabaseProvider.Sqlite).GetEntityTypes().Where(t => !t.IsOperational()).ToList();
        audited.Count.ShouldBeGreaterThan(8);
        audited.Select(t => t.ClrType.Name).SelectMany(name => (string[])[$"audit.kind.{name}", $"audit.record.{name}"]).Where(key => !English.ContainsKey(key)).ShouldBeEmpty();
        audited.SelectMany(t => t.GetProperties()).Where(AuditWriter.Tells).Select(p => $"audit.field.{p.Name}").Distinct().Where(key => !English.ContainsKey(key)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_topic_that_others_are_told_of_has_its_words() =>
        EventCatalogue.Topics.Concat(Audience.Topics).Where(topic => !English.ContainsKey($"topic.{topic}")).ShouldBeEmpty();

    [Fact]
    public void All_that_is_said_of_integrations_has_its_words()
    {
        string[] keys =
        [
            .. ((string[])["settings", "name", "tls", "authentication", "answer"]).Select(step => $"integration.step.{step}"), .. Enum.GetNames<Health>().Select(h => $"integration.sentence.{h}"),
            "integration.sentence.Down.breaker", .. ((string[])["unknown_source", "unknown_dossier", "unknown_event", "older_than_known"]).Select(note => $"reason.webhook.{note}"), "integration.sentence.Off.because", "reason.integration.silent", "rule.authorisation.missing",
            .. ((string[])["0", "1", "24", "168"]).Select(hours => $"integration.secret.overlap.{hours}"), .. ((string[])["days", "hours", "minutes", "seconds"]).Select(unit => $"time.span.{unit}"),
        ];
        keys.Where(k => !English.ContainsKey(k)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_job_has_its_words() => RecurringJobs.Table.Where(j => !English.ContainsKey($"job.{j.Name}")).ShouldBeEmpty();

    [Fact]
    public void Every_reader_of_events_has_its_words() =>
        ((string[])[DeliveryRouter.ReaderName, "dossier-outcomes", "notifications"]).Where(reader => !English.ContainsKey($"reader.{reader}")).ShouldBeEmpty();

    [Fact]
    public void Every_role_is_explained() => Enum.GetNames<Role>().Where(role => !English.ContainsKey($"user.role.help.{role}")).ShouldBeEmpty();

    [Fact]
    public void All_that_is_said_of_deliveries_has_its_words()
    {
        var findings = ReconciliationFindings().Matches(Sources("Tapwork.Infrastructure").Single(s => s.Path.EndsWith("Reconciliation.cs", StringComparison.Ordinal)).Text)
            .Select(m => $"finding.{m.Groups[1].Value}").Distinct().ToList();
        findings.Count.ShouldBeGreaterThan(10);
        string[] keys =
        [
            .. findings,
            .. Enum.GetNames<DeliveryStatus>().Where(s => s is not (nameof(DeliveryStatus.Pending) or nameof(DeliveryStatus.Retrying))).Select(s => $"delivery.next.{s.ToLowerInvariant()}"),
            "delivery.next.pending", "delivery.next.retry", "delivery.next.behind",
            .. Enum.GetNames<FaultClass>().Select(f => $"fault.{f}"),
            .. typeof(DeliveryOutcome).GetNestedTypes().Select(t => $"attempt.{t.Name}"), "attempt.Interrupted", .. DossierParts.Maskable.Select(m => $"dossier.field.{m}"),
            "closure.disabled", "closure.held", "closure.held.until", "closure.breaker", "closure.breaker.until",
            "reason.delivery.interrupted", "reason.account.not_active", "reason.mail.nothing_to_tell",
        ];
        keys.Where(k => !English.ContainsKey(k)).ShouldBeEmpty();
    }

    private static Dictionary<string, string> Read(string culture)
    {
        var assembly = typeof(Texts).Assembly;
        var from = culture.Length == 0 ? assembly : assembly.GetSatelliteAssembly(new System.Globalization.CultureInfo(culture));
        var name = from.GetManifestResourceNames().Single(n => n.StartsWith(typeof(Texts).FullName!, StringComparison.Ordinal));
        using var reader = new ResourceReader(from.GetManifestResourceStream(name)!);
        return reader.Cast<System.Collections.DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)e.Value!);
    }

    private static string Arguments(string text) => string.Join(',', ArgumentsIn().Matches(text).Select(m => m.Value).Distinct().Order());

    private static IEnumerable<(string Path, string Text)> Sources(string project) =>
        Directory.EnumerateFiles(Path.Combine(TapworkApp.Root, project), "*", SearchOption.AllDirectories)
            .Where(p => (p.EndsWith(".cs", StringComparison.Ordinal) || p.EndsWith(".razor", StringComparison.Ordinal))
                && !p.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                && !p.Contains("Migrations", StringComparison.Ordinal))
            .Select(p => (Path.GetRelativePath(TapworkApp.Root, p), File.ReadAllText(p)));

    // T["key"], T[isSo ? "key" : "key"], texts["key", …]
    [GeneratedRegex("""(?:(?<=\bT\[[^\]\n$"]*(?:"[^"$]*"[^\]\n$"]*)?)|(?<=\btexts\[)|(?<=\bT\.Count\())"([a-zA-Z_]+(?:\.[a-zA-Z_0-9]+)+)"(?=[\],\s)])""")]
    private static partial Regex KeysIn();

    [GeneratedRegex("""(?:\bT\[|\btexts\[)(?:[^\]\n]* [?:] )?\$"([^"{]*)\{""")]
    private static partial Regex ComposedIn();

    // The statement up to its end: a rule may be chosen between two.
    [GeneratedRegex("""(?:\bRuleViolation\b|\bViolation\b|\brule: )\(?[^;{}]*?"[a-z_]+(?:\.[a-z_0-9]+)+"[^;{}]*""")]
    private static partial Regex RulesIn();

    [GeneratedRegex("\"([a-z_]+(?:\\.[a-z_0-9]+)+)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex("\"((?:event|delivery|dossier|intervention|partner)\\.[a-z_]+)\"")]
    private static partial Regex ReconciliationFindings();

    [GeneratedRegex(@"\{\d+\}")]
    private static partial Regex ArgumentsIn();

    [GeneratedRegex(@"\.Tell\((?:isLocked \? )?""([a-z_.]+)""")]
    private static partial Regex ToldIn();
}
