namespace Pyrsia.Libp2p;

/// <summary>Says which connections a host has, beside its limits and bans. Each question is answered at once, by null to let it pass or by the reason of the refusal.
/// A gate that throws refuses. Asked on many threads at once.</summary>
public interface IConnectionGate
{
    /// <summary>Asked before an address is dialed.</summary>
    /// <param name="address">Where, without peer id; names were resolved before.</param>
    /// <param name="peer">Who has to answer there, null for anybody.</param>
    string? RefuseDial(Multiaddr address, PeerId? peer) => null;

    /// <summary>Asked when a caller came, before anything is read from it or computed for it.</summary>
    /// <param name="address">The caller's end, or the circuit it came over.</param>
    string? RefuseCaller(Multiaddr address) => null;

    /// <summary>Asked when the handshake has proved who the peer is, before anything is said to it.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="address">Its end of the connection.</param>
    /// <param name="inbound">It dialed this host.</param>
    string? RefusePeer(PeerId peer, Multiaddr address, bool inbound) => null;
}
