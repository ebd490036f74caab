using Pyrsia.Testing.Consensus;
using Xunit;

namespace Pyrsia.Simulation;

/// <summary>Seeds that once broke an invariant, with what was wrong.</summary>
public sealed class KnownSeedTests
{
    [Theory]
    [InlineData(4, 331, "a stop block that a descendant finalized could not be proven to those behind")]
    [InlineData(4, 367, "a fresh journal held certificates before the own votes in them, which looked like a second copy")]
    [InlineData(4, 1_001_100, "what was missing was asked for again by a timer of the view only, and views were shorter")]
    [InlineData(5, 1_608, "entries that no leader could select made empty blocks without end")]
    [InlineData(4, 10_053_969, "a finalization without its notarization was not followed up when a request had just gone out")]
    public void A_seed_that_once_failed_breaks_no_invariant(int participants, ulong seed, string cause)
    {
        var outcome = ConsensusSimulation.Run(new SimulationOptions { Participants = participants, Seed = seed });
        Assert.True(outcome.Violation is null, $"again: {cause}: {outcome.Violation}");
    }
}
