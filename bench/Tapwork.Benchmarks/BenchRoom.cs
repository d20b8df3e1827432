using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Benchmarks;

/// <summary>Where a benchmark of one provider takes place: a folder and a server that are gone afterwards.</summary>
internal sealed record BenchRoom(DatabaseProvider Provider, string? Server, string Folder)
{
    public Task<BenchDatabase> NewDatabaseAsync() => BenchDatabase.CreateAsync(Provider, Server, Folder);

    /// <summary>Once for each provider asked for; one that is not to be had is skipped with the reason.</summary>
    public static async Task EachProviderAsync(BenchOptions options, Func<BenchRoom, Task> run)
    {
        foreach (var provider in options.Providers)
        {
            await using var server = provider == DatabaseProvider.PostgreSql ? await PostgresServer.FindAsync() : null;
            if (provider == DatabaseProvider.PostgreSql && server is null)
                continue;
            var folder = Directory.CreateTempSubdirectory("tapwork-bench-").FullName;
            try
            {
                await run(new BenchRoom(provider, server?.ConnectionString, folder));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
