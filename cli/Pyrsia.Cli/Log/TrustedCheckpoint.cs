using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Cli.Log;

/// <summary>Checks checkpoints against the command line's own network file.</summary>
internal static class TrustedCheckpoint
{
    /// <summary>Checks a checkpoint; without a network file nothing is checked, and null is returned.</summary>
    /// <exception cref="CliException">It does not satisfy the network file.</exception>
    public static PublishedTimes? CheckIfPossible(CliContext context, SignedCheckpoint checkpoint) =>
        context.NetworkIfPresent() is { } network ? Check(network, checkpoint) : null;

    /// <summary>Checks a checkpoint.</summary>
    /// <exception cref="CliException">It does not satisfy the network file.</exception>
    public static PublishedTimes Check(NetworkFile network, SignedCheckpoint checkpoint)
    {
        var fault = PublishedCheckpoint.Check(network.Genesis, checkpoint, out var times);
        if (fault is null && !network.Policy.Evaluate(checkpoint).Accepted) fault = "its signatures do not meet the policy";
        return fault is null
            ? times!
            : throw new CliException($"Verification failed at quorum: {fault}.", "quorum", "Check that the node and your network file are of the same network.", ExitCode.VerificationFailed);
    }
}
