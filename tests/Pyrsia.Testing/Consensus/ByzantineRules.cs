using Pyrsia.Consensus;

namespace Pyrsia.Testing.Consensus;

/// <summary>A copy that is not the only one with its key must not notice.</summary>
internal sealed class ByzantineRules : SimplexRules
{
    public static ByzantineRules Instance { get; } = new();

    public override bool StopsOnForeignOwnVote => false;
}
