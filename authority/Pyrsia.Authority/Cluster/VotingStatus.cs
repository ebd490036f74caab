namespace Pyrsia.Authority.Cluster;

/// <summary>Whether this authority votes, and why not.</summary>
internal sealed class VotingStatus
{
    private volatile string? _stopped;

    /// <summary>Why it does not vote; null while it does.</summary>
    internal string? Stopped => _stopped;

    internal void Stop(string reason) => _stopped = reason;
}
