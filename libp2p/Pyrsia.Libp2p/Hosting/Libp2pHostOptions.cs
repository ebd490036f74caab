using System.Diagnostics.Metrics;

namespace Pyrsia.Libp2p;

/// <summary>Everything a host is given. Only the identity has no default.</summary>
public sealed partial record Libp2pHostOptions
{
    /// <summary>The key that the host proves to its peers.</summary>
    public required KeyPair Identity { get; init; }

    /// <summary>Clock of all time-outs, heartbeats and expiries.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Source of jitter; never of secrets. Used under a lock.</summary>
    public Random Random { get; init; } = new();

    /// <summary>Makes the meter of <see cref="HostMetrics"/>, null for one that the host makes and disposes of itself.</summary>
    public IMeterFactory? Meters { get; init; }

    /// <summary>What identify tells about the program, <c>name/version</c>.</summary>
    public string AgentVersion { get; init; } = "libp2p-dotnet/0.1.0";

    /// <summary>Family of protocols that the network speaks.</summary>
    public string ProtocolVersion { get; init; } = "ipfs/0.1.0";

    /// <summary>Addresses announced instead of the listening ones, for hosts behind a forwarded port.</summary>
    public IReadOnlyList<Multiaddr> AnnounceAddresses { get; init; } = [];

    /// <summary>Peers that the host stays connected to, each ending in <c>/p2p/…</c> or not. Retried with back-off for ever.</summary>
    public IReadOnlyList<Multiaddr> Bootstrap { get; init; } = [];

    /// <summary>Name servers for <c>/dnsaddr</c> addresses, null for those that the machine is set up with.</summary>
    public IReadOnlyList<System.Net.IPEndPoint>? NameServers { get; init; }

    /// <summary>File of the peer store, null to keep it in memory.</summary>
    public string? PeerStorePath { get; init; }

    /// <summary>Security protocols that are accepted, and proposed in this order: the next is tried when a peer does not serve the one before. Each at most once.</summary>
    public IReadOnlyList<SecurityProtocol> Security { get; init; } = [SecurityProtocol.Noise, SecurityProtocol.Tls];

    /// <summary>Speaks <c>/plaintext/2.0.0</c> and nothing of <see cref="Security"/>: nothing is encrypted, and peers say who they are without proof. For tests of what stands above; off by default.
    /// Such a host listens and dials on loopback addresses and in memory alone, and refuses every other address.</summary>
    public bool PlaintextForTests { get; init; }

    /// <summary>Key of the private network that this host is in, null for none: it speaks with those alone that have the same key.
    /// With <c>LIBP2P_FORCE_PNET=1</c> in the environment no host starts without one.</summary>
    public PreSharedKey? PrivateNetwork { get; init; }

    /// <summary>Network inside the process that the host listens and dials on by <c>/memory/NUMBER</c>, null for none: such addresses are then refused and passed over. Of the same clock as the host.</summary>
    public MemoryNetwork? Memory { get; init; }

    /// <summary>What this host gives to others as a relay, null when it is none.</summary>
    public RelayOptions? Relay { get; init; }

    /// <summary>Liveness of connections.</summary>
    public HeartbeatOptions Heartbeat { get; init; } = new();

    /// <summary>How much the host gives to others and holds for them.</summary>
    public ResourceLimits Limits { get; init; } = new();

    /// <summary>Asked about every connection, null to let all pass that no limit and no ban forbids.</summary>
    public IConnectionGate? Gate { get; init; }

    /// <summary>Time for connecting to one address and for both handshakes. TCP sends its first packet again after 1, 3 and 7 s, so that three lost ones are made up for and the handshakes' round trips still fit.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Head start that one address gets before the next is tried beside it (RFC 8305).</summary>
    public TimeSpan DialStagger { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Time for agreeing on a stream's protocol: one round trip, of a peer that may be busy. As much as a dial has: both are what a caller waits at most before it asks another peer.</summary>
    public TimeSpan NegotiationTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
