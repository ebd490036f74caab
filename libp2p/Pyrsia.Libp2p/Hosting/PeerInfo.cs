namespace Pyrsia.Libp2p;

/// <summary>A connected peer as it looks at this moment.</summary>
/// <param name="Id">The peer.</param>
/// <param name="Address">Its end of the connection.</param>
/// <param name="IsInbound">It dialed us.</param>
/// <param name="RoundTrip">Last measured round trip, null before the first.</param>
/// <param name="Agent">What it calls itself, null before identify.</param>
/// <param name="State">The failure detector's opinion.</param>
/// <param name="Protocols">What it serves, empty before identify.</param>
/// <param name="Security">Protocol id of the secure channel, <c>/noise</c> or <c>/tls/1.0.0</c>, in tests <c>/plaintext/2.0.0</c>.</param>
public sealed record PeerInfo(
    PeerId Id, Multiaddr Address, bool IsInbound, TimeSpan? RoundTrip, string? Agent, PeerState State, IReadOnlyList<string> Protocols, string Security)
{
    /// <summary>All that leads there is a circuit that its relay limits: only protocols that allow it are spoken over it.</summary>
    public bool IsLimited { get; init; }

    /// <summary>A direct connection through the NATs of both sides, agreed on over a relay.</summary>
    public bool IsPunched { get; init; }
}
