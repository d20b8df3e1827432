using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Core.Documents;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Interventions;

/// <summary>What an installer uploads as signed is sent only after the office has looked at it.</summary>
public sealed class DocumentCheckTests
{
    private static readonly Actor Installer = Given.Office with { PersonId = Guid.Parse("0199c000-0000-7000-8000-000000000002"), Role = Role.Installer };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void An_installer_alone_does_not_complete_with_whatever_they_uploaded()
    {
        var intervention = Uploaded(by: Installer);
        Refused(() => intervention.CompleteInstallation(Installer, Given.Now)).ShouldBe(["intervention.document_unchecked Invoice", "intervention.document_unchecked SymphonicsContract"]);
        foreach (var document in intervention.Documents)
            Should.Throw<RuleViolation>(() => intervention.CheckDocument(document.Id, Installer, Given.Now)).Rule.ShouldBe("account.not_allowed");
        intervention.Status.ShouldBe(InterventionStatus.InvoiceSent);
    }

    [Fact]
    public void Nor_does_the_office_without_having_checked_them() =>
        Refused(() => Uploaded(by: Installer).CompleteInstallation(Given.Office, Given.Now)).ShouldContain("intervention.document_unchecked SymphonicsContract");

    [Theory]
    [InlineData(Role.Office)]
    [InlineData(Role.Manager)]
    [InlineData(Role.Admin)]
    public void What_the_office_checked_completes(Role role)
    {
        var (intervention, office) = (Uploaded(by: Installer), Given.Office with { Role = role });
        foreach (var document in intervention.Documents)
            intervention.CheckDocument(document.Id, office, Given.Now);
        intervention.Documents.ShouldAllBe(d => d.CheckedAt == Given.Now && d.CheckedBy == office.PersonId);
        intervention.CompleteInstallation(Installer, Given.Now);
        intervention.Status.ShouldBe(InterventionStatus.InstallationDone);
    }

    [Fact]
    public void What_the_office_uploads_itself_it_has_checked()
    {
        var intervention = Uploaded(by: Given.Office);
        intervention.CompleteInstallation(Given.Office, Given.Now);
        intervention.Status.ShouldBe(InterventionStatus.InstallationDone);
    }

    [Theory]
    [InlineData(DocumentKind.SymphonicsContract)]
    [InlineData(DocumentKind.SwornStatement)]
    [InlineData(DocumentKind.Quote)]
    public void A_document_replaced_or_added_after_the_check_waits_for_another(DocumentKind kind)
    {
        var intervention = Uploaded(by: Given.Office);
        var before = intervention.Documents.FirstOrDefault(d => d.Kind == kind);
        intervention.AddDocument(kind, Given.Pdf("autre.pdf"), Installer, Given.Now);
        Refused(() => intervention.CompleteInstallation(Given.Office, Given.Now)).ShouldBe([$"intervention.document_unchecked {kind}"]);
        // The office had the earlier one before its eyes.
        if (before is not null)
            Should.Throw<RuleViolation>(() => intervention.CheckDocument(before.Id, Given.Office, Given.Now)).Rule.ShouldBe("document.unknown");
    }

    [Fact]
    public void Maintenance_does_not_end_with_an_unchecked_one()
    {
        var intervention = Uploaded(by: Given.Office);
        intervention.CompleteInstallation(Given.Office, Given.Now);
        intervention.RequireMaintenance(Given.Office, Given.Now);
        intervention.AddDocument(DocumentKind.SymphonicsContract, Given.Pdf("autre.pdf"), Installer, Given.Now);
        Refused(() => intervention.FinishMaintenance(Installer, Given.Now)).ShouldBe(["intervention.document_unchecked SymphonicsContract"]);
    }

    [Fact]
    public async Task The_check_is_kept_with_who_made_it_and_told()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var workflow = new InterventionWorkflow(database.Database, new FakeTimeProvider(Given.Now));
        var company = Company.Register("Société", "73282932000074", Given.Now);
        var office = Person.Create("Claire Martin", "claire@tapwork.example", Role.Office, null, "fr", Given.Now);
        var actor = Given.Office with { PersonId = office.Id };
        var intervention = Given.Intervention(company.Id).ReadyToFinalise();
        intervention.AddDocument(DocumentKind.SymphonicsContract, Given.Pdf("contrat.pdf"), Installer, Given.Now);
        await database.Database.WriteAsync(Actor.System("test"), db =>
        {
            db.AddRange(company, office, intervention);
            return Task.CompletedTask;
        }, Cancel);
        await workflow.CheckDocumentAsync(actor, intervention.Id, intervention.Documents[0].Id, Cancel);
        await using var db = database.Open();
        var kept = await db.Documents.SingleAsync(Cancel);
        (kept.CheckedAt, kept.CheckedBy).ShouldBe((Given.Now, office.Id));
        (await db.Events.CountAsync(e => e.Topic == "intervention.document_checked", Cancel)).ShouldBe(1);
    }

    // Nobody looks again at what was sent before the office checked documents.
    [Theory, Databases]
    public async Task What_stood_before_the_office_checked_documents_counts_as_checked(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var company = Company.Register("Société", "73282932000074", Given.Now);
        var intervention = Given.Intervention(company.Id).ReadyToFinalise();
        intervention.AddDocument(DocumentKind.SymphonicsContract, Given.Pdf("contrat.pdf"), Installer, Given.Now);
        await database.Database.WriteAsync(Actor.System("test"), db =>
        {
            db.AddRange(company, intervention);
            return Task.CompletedTask;
        }, Cancel);
        await using (var db = database.Open())
        {
            await db.GetService<IMigrator>().MigrateAsync("WhatMeasuringFound", Cancel);
            await db.GetService<IMigrator>().MigrateAsync(null, Cancel);
        }
        await using var reading = database.Open();
        var kept = await reading.Documents.SingleAsync(Cancel);
        (kept.CheckedAt, kept.CheckedBy).ShouldBe((kept.AddedAt, null));
    }

    private static Intervention Uploaded(Actor by)
    {
        var intervention = Given.Intervention().ReadyToFinalise();
        intervention.SendDocuments(Given.Office, Given.Now);
        intervention.AddDocument(DocumentKind.Invoice, Given.Pdf("facture.pdf"), by, Given.Now);
        intervention.AddDocument(DocumentKind.SymphonicsContract, Given.Pdf("contrat.pdf"), by, Given.Now);
        return intervention;
    }

    private static IEnumerable<string> Refused(Action act) => Should.Throw<RuleViolation>(act).Violations.Select(v => $"{v.Rule} {string.Join(' ', v.Args)}");
}
