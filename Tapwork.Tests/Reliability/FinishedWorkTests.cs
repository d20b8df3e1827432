using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Reliability;

[Collection(ReliabilityCollection.Name)]
public sealed class FinishedWorkTests(ITestOutputHelper output)
{
    private const int Interventions = 500;
    private const int Few = 120;
    private const int Kills = 11;
    private const int EachLife = 42;

    [Theory]
    [Databases]
    public async Task Every_finished_intervention_reaches_the_partner_once_though_the_application_is_killed_again_and_again(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        await using var storm = await Storm.BrewAsync(database, Interventions);
        var random = new Random(11);
        for (var life = 0; life < Kills; life++)
        {
            await using var instance = await storm.StartInstanceAsync(0);
            await storm.FinishAsync(EachLife);
            await storm.SomeMomentAsync(random);
            await storm.KillAsync(instance, 0);
        }
        await using var last = await storm.StartInstanceAsync(0);
        await storm.FinishAsync(Interventions);
        await storm.FinishedAsync(Kills + 1);
        storm.AtSending.ShouldNotBeEmpty("no kill met a send under way: the test shows nothing");
        await AllArrivedOnceAsync(storm, Interventions);
    }

    [Theory, Servers]
    public async Task Every_finished_intervention_reaches_the_partner_once_though_two_instances_are_killed_and_one_is_frozen_past_its_lease(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        await using var storm = await Storm.BrewAsync(database, Interventions);
        var random = new Random(12);
        ChildProcess[] instances = [await storm.StartInstanceAsync(0), await storm.StartInstanceAsync(1)];
        try
        {
            for (var life = 0; life < Kills; life++)
            {
                await storm.FinishAsync(EachLife);
                await storm.SomeMomentAsync(random);
                if (life % 3 == 1)
                    await FreezePastLeaseAsync(storm, instances[1]);
                var victim = random.Next(2);
                await storm.KillAsync(instances[victim], victim);
                await instances[victim].DisposeAsync();
                instances[victim] = await storm.StartInstanceAsync(victim);
            }
            await storm.FinishAsync(Interventions);
            await storm.FinishedAsync(Kills + 1);
            storm.AtSending.ShouldNotBeEmpty("no kill met a send under way: the test shows nothing");
            await AllArrivedOnceAsync(storm, Interventions);
        }
        finally
        {
            foreach (var instance in instances)
                await instance.DisposeAsync();
        }
    }

    [Theory, Servers]
    public async Task Every_finished_intervention_reaches_the_partner_once_though_the_database_goes_away_in_between(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var (way, connectionString) = database.OverCuttableWay();
        await using var cut = way;
        await using var storm = await Storm.BrewAsync(database, Few, (way, connectionString));
        await using var instance = await storm.StartInstanceAsync(0);
        foreach (var seconds in (double[])[1, 4, 60])
        {
            await storm.FinishAsync(Few / 4);
            await Task.Delay(700, TestContext.Current.CancellationToken);
            await storm.LoseDatabaseAsync(TimeSpan.FromSeconds(seconds));
        }
        await storm.FinishAsync(Few);
        await storm.FinishedAsync(4);
        await AllArrivedOnceAsync(storm, Few);
    }

    [Fact]
    public async Task Every_finished_intervention_reaches_the_partner_once_though_the_partner_is_down_for_a_while()
    {
        await using var database = await TestDatabase.SqliteAsync();
        await using var storm = await Storm.BrewAsync(database, Few);
        await using var instance = await storm.StartInstanceAsync(0);
        await storm.FinishAsync(Few / 2);
        await Task.Delay(700, TestContext.Current.CancellationToken);
        await storm.LosePartnerAsync(TimeSpan.FromSeconds(6));
        await storm.FinishAsync(Few);
        await storm.FinishedAsync(2);
        await AllArrivedOnceAsync(storm, Few);
    }

    private static async Task FreezePastLeaseAsync(Storm storm, ChildProcess instance)
    {
        await storm.FreezeAsync(instance, 1);
        await Task.Delay(Storm.Lease + TimeSpan.FromSeconds(1.5), TestContext.Current.CancellationToken);
        instance.Thaw();
        await Task.Delay(500, TestContext.Current.CancellationToken);
    }

    private async Task AllArrivedOnceAsync(Storm storm, int count)
    {
        await storm.AllPublishedAsync();
        await storm.AllFetchedAsync();
        var (state, tally) = (await storm.Sandbox.StateAsync(), await storm.TallyAsync());
        output.WriteLine($"{state.Dossiers} dossiers, {state.Submissions} arrivals ({string.Join(", ", state.ByFault.Select(f => $"{f.Key} {f.Value}"))}), "
            + $"{tally.Sum(t => t.Repeats)} repeats of at most {tally.Sum(t => t.MostRepeats)} "
            + $"({tally.Sum(t => t.CutAfterwards)} cut or timed out after accepting, {tally.Sum(t => t.AskedInVain)} asked in vain, {tally.Sum(t => t.AtSending)} at Sending), {state.FilesRight} files right");

        state.Dossiers.ShouldBe(count);
        (state.FilesRight, state.FilesWrong).ShouldBe((count * PreparedWork.FilesEach, 0));
        (await storm.Sandbox.DossiersAsync()).SelectMany(d => d.Files).Select(f => f.Sha256).Distinct().Count().ShouldBe((count * 2) + 4);
        tally.Count.ShouldBe(count);
        tally.ShouldAllBe(t => t.Accepted == 1);
        tally.Sum(t => t.Judged).ShouldBe(count + tally.Sum(t => t.Repeats));
        (state.Accepted201, state.Repeats409).ShouldBe((count, tally.Sum(t => t.Repeats)));
        tally.Where(t => t.Repeats > t.MostRepeats).ShouldBeEmpty();

        (state.Submissions - state.SubmissionsWithoutFault).ShouldBeGreaterThan(count / 5, "the weather was too good: the test shows nothing");

        var report = await storm.ReconcileAsync(count);
        report.Findings.Where(f => f.Count > 0).ShouldBeEmpty();
        report.Asked.ShouldBe(count);
    }
}
