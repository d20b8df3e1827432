namespace Tapwork.Tests.Reliability;

/// <summary>Tests that kill real processes and count: each wants the machine for itself.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ReliabilityCollection
{
    public const string Name = "reliability";
}
