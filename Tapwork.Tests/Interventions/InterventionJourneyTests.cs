using Microsoft.Playwright;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Sandbox;
using Tapwork.Tests.Shell;

namespace Tapwork.Tests.Interventions;

/// <summary>What people do with an intervention, from the browser to the sandbox's dossier.</summary>
[Collection(BrowserTests.Name)]
public sealed class InterventionJourneyTests(BrowserFixture browsers)
{
    [Theory]
    [InlineData("fr", "Installation terminée", "Publiée")]
    [InlineData("en", "Installation done", "Published")]
    public async Task A_finished_intervention_reaches_Symphonics_by_itself(string language, string action, string published)
    {
        Needs.Chromium();
        await using var app = await TapworkApp.StartAsync();
        var page = await browsers.SignedInAsync(app, Role.Office, language);
        var list = await page.Context.NewPageAsync();
        await list.GotoAsync("/interventions?q=000001");
        await list.WaitForSelectorAsync("td [data-state='InvoiceSent']");
        await list.EvaluateAsync("window.neverReloaded = true");

        await page.GotoAsync("/interventions?q=000001");
        var reference = await page.InnerTextAsync("td a");
        await page.ClickAsync("td a");
        (await page.GetByTestId("next").InnerTextAsync()).ShouldBe(action);
        await page.GetByTestId("next").ClickAsync();

        (await list.InnerTextAsync("td [data-state='Published']")).ShouldBe(published);
        (await list.EvaluateAsync<bool>("window.neverReloaded === true")).ShouldBeTrue();
        (await page.GetByTestId("status").Locator("[data-state='Published']").InnerTextAsync()).ShouldBe(published);
        var sheet = new Uri(page.Url).Segments[^1];
        await page.GotoAsync($"/interventions/{sheet}?tab=dossiers");
        var id = await page.GetByTestId("dossier").Locator("dd .mono").InnerTextAsync();
        (await DossiersAsync(app)).ShouldContain(id, Case.Sensitive, reference);
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task Wrong_input_is_told_at_its_field_and_the_right_one_goes_through_to_publication()
    {
        Needs.Chromium();
        await using var app = await TapworkApp.StartAsync();
        var page = await browsers.SignedInAsync(app, Role.Office, "en");
        await page.GotoAsync("/interventions/new");
        await FillAsync(page, ("FirstName", "Zoé"), ("LastName", "Bernard"), ("Email", "no address"), ("Phone", "12"), ("Street", "3 rue du Port"),
            ("PostalCode", "690"), ("City", "Lyon"), ("Pdl", "GI123456"), ("Pce", "G1123456"), ("CompletedOn", "31 nov 2026"));
        await Assertions.Expect(page.Locator("#Pdl-error")).ToContainTextAsync("gas");
        await Assertions.Expect(page.Locator("#Pce-error")).ToContainTextAsync("GI");
        await page.Keyboard.PressAsync("Control+s");
        await Assertions.Expect(page.GetByTestId("wrong-fields").Locator("li")).ToHaveCountAsync(8);

        var year = Core.Paris.DayOf(TimeProvider.System.GetUtcNow()).Year - 1;
        await FillAsync(page, ("Email", "test.user@example.com"), ("Phone", "06.12.34.56.78"), ("PostalCode", "69 003"), ("Pce", ""), ("CompletedOn", $"2 novembre {year}"));
        await page.SelectOptionAsync("#CompanyId", new SelectOptionValue { Index = 1 });
        await page.SelectOptionAsync("#OperationCode", "BAR-EQ-115");
        await FillAsync(page, ("Pdl", "45678901234567"));
        await Assertions.Expect(page.GetByTestId("pdl-check").Locator("[data-state='Invalid']")).ToBeVisibleAsync();
        await FillAsync(page, ("Pdl", ""));
        await page.GetByTestId("find-pdl").ClickAsync();
        await page.GetByTestId("use-pdl").ClickAsync();
        await Assertions.Expect(page.GetByTestId("pdl-check").Locator("[data-state='Valid']")).ToBeVisibleAsync();
        await FillAsync(page, ("Equipment[0].Name", "Consumption display"));
        await Assertions.Expect(Field(page, "Phone")).ToHaveValueAsync("06 12 34 56 78");
        await Assertions.Expect(Field(page, "CompletedOn")).ToHaveValueAsync($"02/11/{year}");
        await page.Keyboard.PressAsync("Control+s");

        await page.GetByTestId("next").ClickAsync();
        await Assertions.Expect(page.GetByTestId("missing").Locator("li")).ToHaveCountAsync(4);
        await page.ClickAsync(".tabs a[href*='photos']");
        foreach (var kind in (string[])["Before", "After", "Application", "Meter"])
            await page.SetInputFilesAsync($"[data-testid='add-{kind}']", Picture($"{kind}.png"));
        await Assertions.Expect(page.GetByTestId("photo")).ToHaveCountAsync(4);
        await page.SetInputFilesAsync("[data-testid='add-Before']", Pdf("not-a-photo.pdf"));
        await Assertions.Expect(page.Locator(".uploads li.bad")).ToContainTextAsync("not-a-photo.pdf");
        await MoveAsync(page, "InvoiceSent");
        await page.ClickAsync(".tabs a[href*='documents']");
        await page.SetInputFilesAsync("[data-testid='add-Invoice']", Pdf("invoice.pdf"));
        await page.SetInputFilesAsync("[data-testid='add-SymphonicsContract']", Pdf("contract.pdf"));
        await Assertions.Expect(page.GetByTestId("document")).ToHaveCountAsync(2);
        await MoveAsync(page, "Published");
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task The_second_of_two_editors_sees_both_versions_and_loses_neither()
    {
        Needs.Chromium();
        var app = await browsers.AppAsync();
        var claire = await browsers.SignedInAsync(app, Role.Office, "en");
        var helene = await browsers.SignedInAsync(app, Role.Manager, "en");
        var address = await EditAsync(claire, "000002");
        await helene.GotoAsync(address);
        await FillAsync(helene, ("City", "Bron"), ("Notes", "from Hélène"));
        await FillAsync(claire, ("City", "Villeurbanne"), ("Phone", "06 99 88 77 66"));
        await helene.GetByTestId("save").ClickAsync();
        await helene.WaitForSelectorAsync(".sheet-head");

        await claire.GetByTestId("save").ClickAsync();
        var both = claire.GetByTestId("both-versions");
        await Assertions.Expect(both.Locator("tr[data-field='City']")).ToContainTextAsync("Bron");
        await Assertions.Expect(both.Locator("tr[data-field='City']")).ToContainTextAsync("Villeurbanne");
        await both.Locator("tr[data-field='City'] input").First.CheckAsync();
        await claire.GetByTestId("take-versions").ClickAsync();
        await claire.WaitForSelectorAsync(".sheet-head");
        var facts = await claire.InnerTextAsync("main");
        facts.ShouldContain("Bron");
        facts.ShouldContain("from Hélène");
        facts.ShouldContain("06 99 88 77 66");
        await claire.Context.DisposeAsync();
        await helene.Context.DisposeAsync();
    }

    [Fact]
    public async Task What_was_typed_comes_back_after_the_page_was_killed_and_after_a_reload_in_the_middle_of_a_word()
    {
        Needs.Chromium();
        var app = await browsers.AppAsync();
        var page = await browsers.SignedInAsync(app, Role.Office, "en");
        var address = await EditAsync(page, "000003");
        await FillAsync(page, ("Notes", "digicode 12B"));
        await page.WaitForSelectorAsync("[data-draft][data-kept]");
        await page.CloseAsync();

        var again = await page.Context.NewPageAsync();
        await again.GotoAsync(address);
        await Assertions.Expect(again.GetByTestId("draft-restored")).ToContainTextAsync("Draft of");
        await Assertions.Expect(Field(again, "Notes")).ToHaveValueAsync("digicode 12B");
        await Field(again, "City").FillAsync("Oul");
        await again.ReloadAsync();
        await Assertions.Expect(Field(again, "City")).ToHaveValueAsync("Oul");
        await Assertions.Expect(Field(again, "Notes")).ToHaveValueAsync("digicode 12B");

        await again.GetByTestId("draft-discard").ClickAsync();
        await Assertions.Expect(Field(again, "Notes")).ToHaveValueAsync("");
        await again.ReloadAsync();
        await again.WaitForSelectorAsync("#Notes");
        await Assertions.Expect(Field(again, "City")).Not.ToHaveValueAsync("Oul");
        await Assertions.Expect(again.GetByTestId("draft-restored")).ToHaveCountAsync(0);
        await again.Context.DisposeAsync();
    }

    // A message of 32 KB cut the circuit, and with it what was typed.
    [Fact]
    public async Task A_long_draft_is_kept_by_the_server_and_the_page_goes_on()
    {
        Needs.Chromium();
        var app = await browsers.AppAsync();
        var page = await browsers.SignedInAsync(app, Role.Office, "en");
        var address = await EditAsync(page, "000008");
        await page.EvaluateAsync("""
            () => {
                const notes = document.getElementById("Notes");
                notes.removeAttribute("maxlength");
                notes.value = "é".repeat(40000);
                notes.dispatchEvent(new Event("input", { bubbles: true }));
            }
            """);
        await page.WaitForSelectorAsync("[data-draft][data-kept]");
        await page.CloseAsync();
        var again = await page.Context.NewPageAsync();
        await again.GotoAsync(address);
        await Assertions.Expect(again.GetByTestId("draft-restored")).ToContainTextAsync("Draft of");
        (await Field(again, "Notes").InputValueAsync()).Length.ShouldBe(40000);
        await again.GetByTestId("draft-discard").ClickAsync();
        await Assertions.Expect(Field(again, "Notes")).ToHaveValueAsync("");
        await again.Context.DisposeAsync();
    }

    [Fact]
    public async Task What_Symphonics_refuses_stands_at_its_field_and_the_corrected_dossier_is_a_new_revision()
    {
        Needs.Chromium();
        await using var app = await TapworkApp.StartAsync();
        var page = await browsers.SignedInAsync(app, Role.Office, "en");
        // The demo's own dossiers first: the fault is meant for the one below.
        await page.GotoAsync("/interventions?status=InstallationDone");
        await page.WaitForSelectorAsync("main .empty");
        await FaultsAsync(app, """{"rates":{"Refuse422":1}}""");
        await page.GotoAsync("/interventions?q=000001");
        await page.ClickAsync("td a");
        await page.GetByTestId("next").ClickAsync();
        await Assertions.Expect(page.GetByTestId("next")).ToHaveTextAsync("Correct and resend");
        await FaultsAsync(app, "{}");
        await page.ClickAsync(".tabs a[href*='dossiers']");
        await page.GetByTestId("field-errors").GetByText("E-mail").ClickAsync();
        await Assertions.Expect(page.Locator("#Email-error")).ToContainTextAsync("is not known");
        await Assertions.Expect(page.Locator("#Email")).ToBeFocusedAsync();
        await FillAsync(page, ("FirstName", "Jeanne-Marie"));
        await page.GetByTestId("save-and-resend").ClickAsync();
        await Assertions.Expect(page.GetByTestId("status").Locator("[data-state='Published']")).ToBeVisibleAsync();
        await page.ClickAsync(".tabs a[href*='dossiers']");
        await Assertions.Expect(page.GetByTestId("dossier")).ToHaveCountAsync(2);
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task An_installer_s_first_save_begins_the_work_and_deliveries_are_none_of_theirs()
    {
        Needs.Chromium();
        await using var app = await TapworkApp.StartAsync();
        var page = await browsers.SignedInAsync(app, Role.Installer, "en", width: 390);
        await page.GotoAsync("/interventions?status=ToProcess");
        await page.ClickAsync("td a");
        await page.GetByTestId("more").ClickAsync();
        await Assertions.Expect(page.GetByTestId("do-Cancel")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByTestId("do-Assign")).ToHaveCountAsync(0);
        await page.GetByTestId("do-Cancel").PressAsync("Escape");
        await page.GetByTestId("edit").ClickAsync();
        await FillAsync(page, ("Notes", "seen on site"));
        await page.GetByTestId("save").ClickAsync();
        await Assertions.Expect(page.GetByTestId("status").Locator("[data-state='InProgress']")).ToBeVisibleAsync();
        (await page.Locator(".history-filter").CountAsync()).ShouldBe(0);
        (await page.InnerTextAsync("main")).ShouldNotContain("Deliver");
        await page.Context.DisposeAsync();
    }

    private static ILocator Field(IPage page, string id) => page.Locator($"[id='{id}']");

    // Types and leaves each field, as a person does with Tab.
    private static async Task FillAsync(IPage page, params (string Id, string Text)[] fields)
    {
        foreach (var (id, text) in fields)
        {
            await Field(page, id).FillAsync(text);
            await Field(page, id).PressAsync("Tab");
        }
    }

    private static async Task<string> EditAsync(IPage page, string number)
    {
        await page.GotoAsync($"/interventions?q={number}");
        await page.ClickAsync("td a");
        await page.GetByTestId("edit").ClickAsync();
        await page.WaitForSelectorAsync("#Notes");
        return new Uri(page.Url).PathAndQuery;
    }

    private static async Task MoveAsync(IPage page, string to)
    {
        await page.GetByTestId("next").ClickAsync();
        await Assertions.Expect(page.GetByTestId("status").Locator($"[data-state='{to}']")).ToBeVisibleAsync();
    }

    // The sandbox is steered and read by an administrator.
    private async Task FaultsAsync(TapworkApp app, string plan)
    {
        var admin = await browsers.SignedInAsync(app, Role.Admin);
        var answer = await admin.Context.APIRequest.PostAsync("/sandbox/api/faults", new APIRequestContextOptions { Data = plan, Headers = [new("Content-Type", "application/json")] });
        (await answer.TextAsync()).ShouldStartWith("{");
        await admin.Context.DisposeAsync();
    }

    private async Task<string> DossiersAsync(TapworkApp app)
    {
        var admin = await browsers.SignedInAsync(app, Role.Admin);
        var dossiers = await (await admin.Context.APIRequest.GetAsync("/sandbox/api/dossiers")).TextAsync();
        await admin.Context.DisposeAsync();
        return dossiers;
    }

    private static FilePayload Picture(string name) => new() { Name = name, MimeType = "image/png", Buffer = DemoEvidence.Picture(80, 60, 90, (byte)name.Length, 30) };

    private static FilePayload Pdf(string name) => new() { Name = name, MimeType = "application/pdf", Buffer = DemoEvidence.Document(name) };
}
