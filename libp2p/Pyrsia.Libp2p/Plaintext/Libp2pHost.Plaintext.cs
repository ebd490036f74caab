using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>Keeps a host that speaks plaintext off every network.</summary>
public sealed partial class Libp2pHost
{
    /// <summary>Why a host that speaks plaintext does not use an address, null when it does or speaks none.</summary>
    private string? PlaintextRefusal(Multiaddr address)
    {
        // What leads over a relay begins with the relay's own address, which the same is asked of.
        if (!options.PlaintextForTests || address.TryGetMemory(out _) || address.IsRelayed || (address.StandsOnIp && IPAddress.IsLoopback(address.FirstIp))) return null;
        return "this host speaks plaintext, which neither encrypts nor proves who is there, and so keeps to loopback addresses and memory";
    }
}
