using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Persistence;

public class NumberSequenceTests
{
    /// <summary>Bug: the first two numbers of a year taken at once failed one of the two writers.</summary>
    [Theory]
    [Databases]
    public async Task The_first_numbers_of_a_year_taken_at_once_are_all_given_without_a_gap(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var numbers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ =>
            database.Database.WriteAsync(Actor.System("test"), db => db.NextNumberAsync("INT-2027", CancellationToken.None), CancellationToken.None)));
        numbers.Order().ShouldBe(Enumerable.Range(1, 12).Select(n => (long)n));
    }
}
