using System.Globalization;
using Microsoft.Extensions.Configuration;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Benchmarks;

/// <summary>What was asked for on the command line: a name and options.</summary>
internal sealed class BenchOptions(string[] args)
{
    private readonly IConfiguration _options = new ConfigurationBuilder().AddCommandLine(args[1..]).Build();

    public string? this[string name] => _options[name];

    public int Number(string name, int otherwise) => _options[name] is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public double Figure(string name, double otherwise) => _options[name] is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>Sends at once, of the product and of what it is compared with.</summary>
    public int Parallel => Number("parallel", 8);

    /// <summary>The databases to run on: the one that was named, or both.</summary>
    public IEnumerable<DatabaseProvider> Providers =>
        _options["provider"] is { } named ? [Enum.Parse<DatabaseProvider>(named, ignoreCase: true)] : [DatabaseProvider.Sqlite, DatabaseProvider.PostgreSql];
}
