using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Node.Log;

/// <summary>When a checkpoint was last vouched for.</summary>
public static class CheckpointAge
{
    /// <summary>
    /// The time of the (f+1)-th newest cosignature: f liars may claim any time, so one of the f+1 newest is honest, and it is no older than this.
    /// </summary>
    /// <returns>Seconds since 1970; null when there are not f+1 cosignatures.</returns>
    public static long? CosignedAt(GenesisDocument genesis, PolicyOutcome outcome)
    {
        var authorities = genesis.Authorities.Select(a => a.Name).ToHashSet(StringComparer.Ordinal);
        var times = outcome.CosignedAt.Where(c => authorities.Contains(c.Key)).Select(c => c.Value).OrderDescending().ToArray();
        return times.Length > genesis.FaultTolerance ? times[genesis.FaultTolerance] : null;
    }
}
