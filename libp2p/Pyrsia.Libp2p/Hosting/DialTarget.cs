using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>Where a dial goes, and who must answer there; anybody when null. With <paramref name="WebSocketHost"/>, what an HTTP request names as its host, by WebSocket;
/// with <paramref name="Quic"/> by that, with <paramref name="Relay"/> instead of an endpoint, over that relay; with <paramref name="Memory"/> instead of one, inside the process.
/// A dial <paramref name="Apart"/> does not leave from a listening port, whose NAT lets the answer of whoever was dialed from there pass.</summary>
internal readonly record struct DialTarget(IPEndPoint? EndPoint, PeerId? Expected, string? WebSocketHost = null, Multiaddr? Relay = null, bool Apart = false, bool Quic = false, ulong? Memory = null)
{
    /// <summary>The same as an address; over a relay, the circuit.</summary>
    public Multiaddr Address => this switch
    {
        { Memory: { } number } => Multiaddr.FromMemory(number),
        { Relay: { } relay } => relay.WithCircuit(),
        { Quic: true } => Multiaddr.FromQuicEndPoint(EndPoint!),
        { WebSocketHost: not null } => Multiaddr.FromEndPoint(EndPoint!).WithWebSocket(),
        _ => Multiaddr.FromEndPoint(EndPoint!),
    };
}
