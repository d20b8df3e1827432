using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Infrastructure.Drafts;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Drafts;

public class DraftDeskTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [Databases]
    public async Task The_latest_draft_of_a_person_and_form_is_kept_until_it_is_dropped(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var clock = new FakeTimeProvider(Given.Now);
        var desk = new DraftDesk(database.Database, clock);
        (await desk.FindAsync(Given.Office, "intervention/new", Cancel)).ShouldBeNull();
        await desk.KeepAsync(Given.Office, "intervention/new", Fields("Zo"), Cancel);
        clock.Advance(TimeSpan.FromMinutes(2));
        await desk.KeepAsync(Given.Office, "intervention/new", Fields("Zoé \"<'\U0001F527"), Cancel);
        var kept = (await desk.FindAsync(Given.Office, "intervention/new", Cancel)).ShouldNotBeNull();
        (kept.Fields["FirstName"], kept.SavedAt).ShouldBe(("Zoé \"<'\U0001F527", Given.Now.AddMinutes(2)));
        await desk.DropAsync(Given.Office, "intervention/new", Cancel);
        (await desk.FindAsync(Given.Office, "intervention/new", Cancel)).ShouldBeNull();
    }

    // Escaped, each accent counted six times: a third of the length was refused without a word.
    [Theory]
    [InlineData("é", 60_000)]
    [InlineData("字", 60_000)]
    [InlineData("\"", 30_000)]
    public async Task A_draft_of_sixty_thousand_characters_is_kept(string letter, int count)
    {
        await using var database = await TestDatabase.SqliteAsync();
        var desk = new DraftDesk(database.Database, new FakeTimeProvider(Given.Now));
        var text = string.Concat(Enumerable.Repeat(letter, count));
        (await desk.KeepAsync(Given.Office, "intervention/new", Fields(text), Cancel)).ShouldBe(Given.Now);
        (await desk.FindAsync(Given.Office, "intervention/new", Cancel))!.Fields["FirstName"].ShouldBe(text);
        (await desk.KeepAsync(Given.Office, "intervention/new", Fields(new string('x', DraftDesk.Largest)), Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task Nobody_finds_another_s_draft()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var desk = new DraftDesk(database.Database, new FakeTimeProvider(Given.Now));
        await desk.KeepAsync(Given.Office, "intervention/new", Fields("Zoé"), Cancel);
        (await desk.FindAsync(Given.Office with { PersonId = Guid.CreateVersion7() }, "intervention/new", Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task A_draft_is_not_audited_and_goes_after_thirty_days()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var clock = new FakeTimeProvider(Given.Now);
        await new DraftDesk(database.Database, clock).KeepAsync(Given.Office, "intervention/new", Fields("Zoé"), Cancel);
        var sweep = new SweepDraftsJob(database.Database, clock);
        clock.Advance(TimeSpan.FromDays(30));
        await sweep.RunAsync(Cancel);
        await using var db = database.Open();
        (await db.Drafts.CountAsync(Cancel)).ShouldBe(1);
        clock.Advance(TimeSpan.FromMinutes(1));
        await sweep.RunAsync(Cancel);
        (await db.Drafts.CountAsync(Cancel)).ShouldBe(0);
        (await db.AuditEntries.CountAsync(Cancel)).ShouldBe(0);
    }

    private static Dictionary<string, string> Fields(string firstName) => new() { ["FirstName"] = firstName };
}
