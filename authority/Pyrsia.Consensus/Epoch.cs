namespace Pyrsia.Consensus;

/// <summary>The reign of one authority set. Views start again in every epoch; the epoch number is part of what every vote signs.</summary>
/// <param name="Number">0 for the set of the genesis document.</param>
public readonly record struct Epoch(ulong Number)
{
    /// <inheritdoc/>
    public override string ToString() => $"e{Number}";
}
