namespace Pyrsia.Libp2p;

/// <summary>Limits of one request.</summary>
public sealed record RequestOptions
{
    /// <summary>Longest answer, in bytes; checked before memory is taken. As much as is served by default.</summary>
    public int MaxResponseBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Time for everything, dialing included: as much as one dial has, after which another peer is asked.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Fail as soon as the peer is suspected, so that the caller can ask another one.</summary>
    public bool FailWhenSuspected { get; init; } = true;
}
