namespace Pyrsia.Authority.Cluster;

/// <summary>Whether this authority votes, and why not.</summary>
/// <param name="refusal">Why its key must not vote from the start on; null when it may.</param>
internal sealed class VotingStatus(string? refusal = null)
{
    private volatile string? _stopped = refusal;

    /// <summary>Whether this process began with a key that must not vote, as after a restore: what it has signed may not all be here.</summary>
    internal bool BeganWithoutVote { get; } = refusal is not null;

    /// <summary>Why it does not vote; null while it does.</summary>
    internal string? Stopped => _stopped;

    /// <summary>An epoch begins, with the key that it names.</summary>
    internal void Begin(string? refusal) => _stopped = refusal;

    internal void Stop(string reason) => _stopped = reason;
}
