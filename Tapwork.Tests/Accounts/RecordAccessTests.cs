using System.Net;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Documents;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Sandbox;
using Tapwork.Web.Shell;

namespace Tapwork.Tests.Accounts;

/// <summary>Every record a role may not see, tried by every way that leads to one.</summary>
[Collection(HostedTests.Name)]
public sealed class RecordAccessTests(HostedApp app)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_installer_finds_no_intervention_of_another_by_any_reading()
    {
        var (installer, foreign) = await ForeignAsync();
        var queries = app.Of<InterventionQueries>();
        (await queries.FindAsync(installer, foreign.Id, Cancel)).ShouldBeNull();
        (await queries.FindFileAsync(installer, foreign.Id, foreign.Photos.First().Sha256, Cancel)).ShouldBeNull();
        (await queries.IdentifiedAsync(installer, foreign.Id.ToString(), Cancel)).ShouldBeEmpty();
        (await queries.ListAsync(installer, new InterventionFilter(foreign.Reference), Cancel)).Rows.ShouldBeEmpty();
        (await queries.CountByStatusAsync(installer, Cancel)).Values.Sum().ShouldBe(await CountAsync(i => i.AssignedTo == installer.PersonId || i.CreatedBy == installer.PersonId));
        // And the same ways lead there for the office.
        (await queries.FindAsync(Demo(Role.Office), foreign.Id, Cancel)).ShouldNotBeNull();
        (await queries.IdentifiedAsync(Demo(Role.Office), foreign.Id.ToString(), Cancel)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_installer_can_do_nothing_with_the_intervention_of_another()
    {
        var (installer, foreign) = await ForeignAsync();
        var verbs = Methods<InterventionWorkflow>().Where(m => m.GetParameters().Any(p => p.ParameterType == typeof(Guid) && p.Name == "id")).ToList();
        verbs.Count.ShouldBeGreaterThan(8);
        foreach (var verb in verbs)
        {
            var refusal = await RefusalAsync(app.Of<InterventionWorkflow>(), verb, installer, foreign.Id);
            refusal.ShouldNotBeNull(verb.Name).Rule.ShouldBeOneOf("intervention.unknown", "account.not_allowed");
        }
        await using var db = app.Open();
        (await db.Interventions.AsNoTracking().SingleAsync(i => i.Id == foreign.Id, Cancel)).Version.ShouldBe(foreign.Version);
    }

    [Fact]
    public async Task Files_and_uploads_of_another_s_intervention_are_refused_over_HTTP_too()
    {
        var (_, foreign) = await ForeignAsync();
        using var installer = await Browser.OfAsync(app, Role.Installer);
        using var office = await Browser.OfAsync(app, Role.Office);
        var photo = $"/interventions/{foreign.Id}/files/{foreign.Photos.First().Sha256}";
        (await office.GetAsync(photo)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await installer.GetAsync(photo)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        foreach (var path in (string[])[$"/interventions/{foreign.Id}/photos?kind=Before&name=a.png", $"/interventions/{foreign.Id}/documents?kind=Invoice&name=a.pdf"])
        {
            var answer = await installer.SendAsync(HttpMethod.Post, path, new ByteArrayContent(path.Contains("pdf", StringComparison.Ordinal) ? "%PDF-1.7\n"u8.ToArray() : Png));
            answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
            (await answer.Content.ReadAsStringAsync(Cancel)).ShouldContain("intervention.unknown");
        }
    }

    [Fact]
    public async Task An_upload_without_the_page_s_token_is_refused()
    {
        var (_, foreign) = await ForeignAsync();
        using var office = await Browser.OfAsync(app, Role.Office);
        using var content = new ByteArrayContent(Png);
        var answer = await office.PostAsync($"/interventions/{foreign.Id}/photos?kind=Before&name=a.png");
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Deliveries_are_closed_to_installers()
    {
        await RefusedAsync<DeliveryQueries>(Demo(Role.Installer));
        await RefusedAsync<DeliveryDesk>(Demo(Role.Installer));
    }

    [Theory]
    [InlineData(Role.Installer)]
    [InlineData(Role.Office)]
    [InlineData(Role.Manager)]
    public async Task Accounts_are_closed_to_all_but_administrators(Role role)
    {
        await RefusedAsync<AccountQueries>(Demo(role));
        await RefusedAsync<AccountDesk>(Demo(role), nameof(AccountDesk.SpeakAsync), nameof(AccountDesk.SetUpAsync), nameof(AccountDesk.RequestRecoveryAsync), nameof(AccountDesk.ChoosePasswordAsync));
    }

    [Theory]
    [InlineData(Role.Installer)]
    [InlineData(Role.Office)]
    public async Task The_audit_trail_is_closed_to_all_but_managers_and_administrators(Role role)
    {
        await RefusedAsync<AuditTrail>(Demo(role));
        await RefusedAsync<AuditExport>(Demo(role));
        await RefusedAsync<AuditVerification>(Demo(role));
        await RefusedAsync<AuditErasure>(Demo(role));
        await RefusedAsync<AuditErasure>(Demo(Role.Manager));
    }

    [Fact]
    public async Task Each_look_at_an_income_proof_is_told_and_no_other_photo_s()
    {
        using var office = await Browser.OfAsync(app, Role.Office);
        await using var db = app.Open();
        var id = await db.Interventions.Where(i => i.Status == InterventionStatus.InProgress).Select(i => i.Id).FirstAsync(Cancel);
        foreach (var kind in (string[])["IncomeProof", "Application"])
        {
            // The same picture twice would be one file.
            var added = await office.SendAsync(HttpMethod.Post, $"/interventions/{id}/photos?kind={kind}&name={kind}.png&latitude=45.7578&longitude=4.8320&accuracy=10&source=Browser&takenAt=2026-11-20T10:00:00Z", new ByteArrayContent([.. Png, (byte)kind[0]]));
            added.StatusCode.ShouldBe(HttpStatusCode.NoContent, await added.Content.ReadAsStringAsync(Cancel));
        }
        var photos = await db.Photos.AsNoTracking().Where(p => p.InterventionId == id).ToListAsync(Cancel);
        var proof = photos.Single(p => p.Kind == PhotoKind.IncomeProof);
        foreach (var photo in (Photo[])[proof, photos.Last(p => p.Kind == PhotoKind.Application), proof])
        {
            var answer = await office.GetAsync($"/interventions/{id}/files/{photo.Sha256}");
            (answer.StatusCode, answer.Headers.CacheControl!.NoStore).ShouldBe((HttpStatusCode.OK, photo == proof));
        }
        var told = await db.AuditEntries.Where(e => e.Action == "document.income_proof_viewed").ToListAsync(Cancel);
        told.Select(e => (e.ActorName, e.RecordId)).ShouldBe([("Claire Martin", proof.Id.ToString()), ("Claire Martin", proof.Id.ToString())]);
    }

    [Fact]
    public async Task The_search_shows_each_role_only_what_its_lists_would()
    {
        var finder = app.Of<Finder>();
        var (installer, foreign) = await ForeignAsync();
        var texts = app.Of<Microsoft.Extensions.Localization.IStringLocalizer<Texts>>();
        (await finder.FindAsync(installer, foreign.Reference, texts, Cancel)).ShouldBeEmpty();
        (await finder.FindAsync(installer, "demo.tapwork.example", texts, Cancel)).ShouldBeEmpty();
        (await finder.FindAsync(Demo(Role.Office), "demo.tapwork.example", texts, Cancel)).ShouldNotContain(f => f.Title == "rail.users");
        (await finder.FindAsync(Demo(Role.Admin), "demo.tapwork.example", texts, Cancel)).ShouldContain(f => f.Title == "rail.users");
        (await finder.FindAsync(Demo(Role.Office), foreign.Reference, texts, Cancel)).Single(f => f.Title == "rail.interventions").Records[0].Path.ShouldBe($"interventions/{foreign.Id}");
    }

    [Fact]
    public async Task A_pasted_identifier_of_any_kind_finds_its_record()
    {
        await using var db = app.Open();
        var dossier = await db.Dossiers.AsNoTracking().FirstAsync(Cancel);
        var intervention = await db.Interventions.AsNoTracking().SingleAsync(i => i.Id == dossier.InterventionId, Cancel);
        var texts = app.Of<Microsoft.Extensions.Localization.IStringLocalizer<Texts>>();
        var pdl = intervention.Pdl!;
        foreach (var pasted in (string[])[intervention.Reference, intervention.Reference.ToLowerInvariant() + " ", intervention.Id.ToString(), dossier.ExternalId, dossier.Id.ToString(), $"{pdl[..2]} {pdl[2..5]} {pdl[5..8]} {pdl[8..11]} {pdl[11..]}", $"{intervention.LastName} {intervention.PostalCode}"])
        {
            var found = await app.Of<Finder>().FindAsync(Demo(Role.Office), pasted, texts, Cancel);
            found.SelectMany(f => f.Records).Select(r => r.Path).ShouldContain($"interventions/{intervention.Id}", pasted);
        }
        var delivery = await db.Deliveries.AsNoTracking().Where(d => d.SearchExternalId != null).OrderBy(d => d.Id).FirstAsync(Cancel);
        foreach (var pasted in (string[])[$"#{delivery.Id}", delivery.SearchExternalId!])
            (await app.Of<Finder>().FindAsync(Demo(Role.Office), pasted, texts, Cancel)).SelectMany(f => f.Records).Select(r => r.Path).ShouldContain($"deliveries/{delivery.Id}", pasted);
    }

    // One pixel.
    private static byte[] Png => Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==");

    private Actor Demo(Role role)
    {
        using var db = app.Open();
        var email = DemoData.Accounts.Single(a => a.Role == role).Email;
        var person = db.People.AsNoTracking().Single(p => p.Email == email);
        return new Actor(person.Id, person.Name, role, person.CompanyId, "127.0.0.1", "test", Actor.NewCorrelationId());
    }

    private async Task<(Actor Installer, Intervention Foreign)> ForeignAsync()
    {
        var installer = Demo(Role.Installer);
        await using var db = app.Open();
        var foreign = await db.Interventions.AsNoTracking().Include(i => i.Photos).OrderBy(i => i.Reference)
            .FirstAsync(i => i.AssignedTo != installer.PersonId && i.CreatedBy != installer.PersonId && i.Photos.Count > 0, Cancel);
        return (installer, foreign);
    }

    private async Task<int> CountAsync(System.Linq.Expressions.Expression<Func<Intervention, bool>> which)
    {
        await using var db = app.Open();
        return await db.Interventions.CountAsync(which, Cancel);
    }

    private async Task RefusedAsync<T>(Actor actor, params string[] except) where T : notnull
    {
        var methods = Methods<T>().Where(m => !except.Contains(m.Name)).ToList();
        methods.ShouldNotBeEmpty();
        foreach (var method in methods)
            (await RefusalAsync(app.Of<T>(), method, actor, Guid.NewGuid())).ShouldNotBeNull(method.Name).Rule.ShouldBe("account.not_allowed", method.Name);
    }

    private static IEnumerable<MethodInfo> Methods<T>() =>
        typeof(T).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(m => m.GetParameters() is [{ ParameterType: var first }, ..] && first == typeof(Actor));

    private static async Task<RuleViolation?> RefusalAsync(object target, MethodInfo method, Actor actor, Guid id)
    {
        try
        {
            await (Task)method.Invoke(target, [.. method.GetParameters().Select(p => Argument(p.ParameterType, actor, id))])!;
            return null;
        }
        catch (RuleViolation refusal)
        {
            return refusal;
        }
        catch (TargetInvocationException e) when (e.InnerException is RuleViolation refusal)
        {
            return refusal;
        }
    }

    private static object? Argument(Type type, Actor actor, Guid id) => type switch
    {
        _ when type == typeof(Actor) => actor,
        _ when type == typeof(Guid) => id,
        _ when type == typeof(CancellationToken) => Cancel,
        _ when type == typeof(string) => "anything",
        _ when type == typeof(InterventionDetails) => Given.Details(),
        _ when type == typeof(FileRef) => Given.Pdf("a.pdf"),
        _ when type == typeof(DeliveryFilter) => new DeliveryFilter(),
        _ when type == typeof(AccountFilter) => new AccountFilter(),
        _ when type == typeof(AccountDetails) => new AccountDetails("A B", "a@b.example", Role.Admin, null, "fr", null),
        _ when type == typeof(IReadOnlyList<long>) || type == typeof(IReadOnlyCollection<long>) => new long[] { 1 },
        _ when type.IsValueType => Activator.CreateInstance(type),
        _ => null,
    };
}
