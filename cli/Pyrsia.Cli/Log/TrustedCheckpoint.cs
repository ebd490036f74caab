using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Cli.Log;

/// <summary>Checks checkpoints against the command line's own network file.</summary>
internal static class TrustedCheckpoint
{
    /// <summary>Checks a checkpoint; without a network file nothing is checked, and null is returned.</summary>
    /// <exception cref="CliException">It does not satisfy the network file.</exception>
    public static async Task<PublishedTimes?> CheckIfPossibleAsync(CliContext context, RemoteLog log, CancellationToken cancellationToken) =>
        context.NetworkIfPresent() is { } network ? await CheckAsync(network, log, cancellationToken) : null;

    /// <summary>Checks a checkpoint.</summary>
    /// <exception cref="CliException">It does not satisfy the network file.</exception>
    public static async Task<PublishedTimes> CheckAsync(NetworkFile network, RemoteLog log, CancellationToken cancellationToken)
    {
        var checkpoint = log.Checkpoint;
        var set = (await log.SetsAsync(network.Genesis, cancellationToken)).At(log.Size);
        var fault = PublishedCheckpoint.Check(set, checkpoint, out var times);
        if (fault is null && !network.Policy.InEpoch(network.Genesis.Set, set).Evaluate(checkpoint).Accepted) fault = "its signatures do not meet the policy";
        return fault is null
            ? times!
            : throw new CliException($"Verification failed at quorum: {fault}.", "quorum", "Check that the node and your network file are of the same network.", ExitCode.VerificationFailed);
    }
}
