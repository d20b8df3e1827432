using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Documents;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Sandbox;
using Tapwork.Tests.Accounts;

namespace Tapwork.Tests.Documents;

/// <summary>What a file a person sends may cost, and what becomes of a refused one.</summary>
public sealed class UploadTests : IDisposable
{
    private const string Position = "&latitude=45.7578&longitude=4.8320&accuracy=10&source=Browser&takenAt=2026-11-20T10:00:00Z";
    private readonly string _folder = Directory.CreateTempSubdirectory("tapwork-uploads-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Actor Person => Given.Office with { PersonId = Guid.NewGuid() };

    [Fact]
    public async Task A_person_has_so_many_bytes_an_hour_and_refused_files_are_among_them()
    {
        var (uploads, clock) = Make(1);
        var (person, other) = (Person, Person);
        (await RefusalAsync(uploads, person, new byte[600_000], null)).ShouldBe("file.unknown_type");
        (await RefusalAsync(uploads, person, new byte[600_000], null)).ShouldBe("file.quota_spent");
        (await RefusalAsync(uploads, other, new byte[600_000], null)).ShouldBe("file.unknown_type");
        clock.Advance(TimeSpan.FromMinutes(61));
        (await RefusalAsync(uploads, person, new byte[600_000], null)).ShouldBe("file.unknown_type");
        (await RefusalAsync(Make(1).Uploads, person, new byte[1_500_000], null)).ShouldBe("file.quota_spent");
        (await RefusalAsync(Make(0).Uploads, person, new byte[3_000_000], null)).ShouldBe("file.unknown_type");
        Files().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(2_000_000, "file.too_large")]
    [InlineData(1_200_000, "file.quota_spent")]
    public async Task What_announces_too_much_is_not_read(long announced, string rule)
    {
        var content = new MemoryStream(new byte[100]);
        var refusal = await Should.ThrowAsync<RuleViolation>(() => Make(1).Uploads.ReceiveAsync(Person, content, announced, "a.png", 1_500_000, Cancel));
        (refusal.Rule, content.Position).ShouldBe((rule, 0));
    }

    [Fact]
    public async Task A_picture_of_too_many_pixels_is_refused_and_gone()
    {
        var picture = DemoEvidence.Picture(4, 4, 1, 2, 3);
        // 65,536 times 65,536.
        (picture[17], picture[21]) = (1, 1);
        (await RefusalAsync(Make(1).Uploads, Person, picture, picture.Length)).ShouldBe("photo.too_many_pixels");
        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_that_nobody_kept_is_gone_and_one_that_was_kept_stays()
    {
        var (uploads, _) = Make(1);
        var picture = DemoEvidence.Picture(4, 4, 1, 2, 3);
        (await uploads.ReceiveAsync(Person, new MemoryStream(picture), null, "a.png", 1_000_000, Cancel)).Dispose();
        Files().ShouldBeEmpty();
        using (var kept = await uploads.ReceiveAsync(Person, new MemoryStream(picture), null, "a.png", 1_000_000, Cancel))
        {
            kept.Keep();
            kept.Keep();
        }
        Files().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Over_HTTP_who_may_not_and_what_takes_no_evidence_is_refused_before_a_byte_is_counted_and_a_refused_file_is_gone()
    {
        await using var app = await HostedApp.StartAsync(("Files:MaxMegabytesPerPersonPerHour", "1"), ("Files:Folder", _folder));
        await using var db = app.Open();
        var finished = await db.Interventions.Where(i => i.Status == InterventionStatus.ToProcess).Select(i => i.Id).FirstAsync(Cancel);
        await app.Of<InterventionWorkflow>().CancelAsync(Actor.System("test"), finished, "essai", Cancel);
        var open = await db.Interventions.Where(i => i.Status == InterventionStatus.InProgress).Select(i => i.Id).FirstAsync(Cancel);
        using var office = await Browser.OfAsync(app, Role.Office);
        var stored = Files();
        for (var i = 0; i < 3; i++)
        {
            (await PostAsync(office, $"/interventions/{Guid.NewGuid()}/photos?kind=Before&name=a.png{Position}", new byte[700_000])).ShouldContain("intervention.unknown");
            (await PostAsync(office, $"/interventions/{finished}/documents?kind=Invoice&name=a.pdf", new byte[700_000])).ShouldContain("intervention.not_editable");
        }
        byte[] picture = [.. DemoEvidence.Picture(4, 4, 1, 2, 3), 77];
        (await PostAsync(office, $"/interventions/{open}/photos?kind=Before&name=a.png", picture)).ShouldContain("photo.position_missing");
        (await PostAsync(office, $"/interventions/{open}/documents?kind=Invoice&name=a.pdf", picture)).ShouldContain("document.not_a_pdf");
        Files().ShouldBe(stored, ignoreOrder: true);
        (await PostAsync(office, $"/interventions/{open}/photos?kind=Before&name=a.png{Position}", picture)).ShouldBeEmpty();
        Files().Count.ShouldBe(stored.Count + 1);
        await PostAsync(office, $"/interventions/{open}/photos?kind=Before&name=a.png", new byte[900_000]);
        (await PostAsync(office, $"/interventions/{open}/photos?kind=Before&name=a.png", new byte[900_000])).ShouldContain("file.quota_spent");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private (Uploads Uploads, FakeTimeProvider Clock) Make(int megabytes)
    {
        var (clock, settings) = (new FakeTimeProvider(Given.Now), new FileSettings { Folder = _folder, MaxMegabytesPerPersonPerHour = megabytes });
        return (new Uploads(new FolderFileStore(settings, clock), settings, clock), clock);
    }

    private List<string> Files() => [.. Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "link.key")];

    private static async Task<string> RefusalAsync(Uploads uploads, Actor person, byte[] content, long? announced) =>
        (await Should.ThrowAsync<RuleViolation>(() => uploads.ReceiveAsync(person, new MemoryStream(content), announced, "a.png", FileContent.LargestPhoto, Cancel))).Rule;

    private static async Task<string> PostAsync(Browser browser, string path, byte[] content) =>
        await (await browser.SendAsync(HttpMethod.Post, path, new ByteArrayContent(content))).Content.ReadAsStringAsync(Cancel);
}
