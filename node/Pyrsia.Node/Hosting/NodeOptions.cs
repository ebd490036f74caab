using Pyrsia.Keys;
using Pyrsia.Node.Artifacts;

namespace Pyrsia.Node.Hosting;

/// <summary>Everything a node is told at its start.</summary>
public sealed record NodeOptions
{
    /// <summary>The default port of the localhost API.</summary>
    public const int DefaultPort = 7888;

    /// <summary>Address that the API binds to: loopback only.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Port of the API; 0 for any free one.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>Multiaddrs to listen on for peers.</summary>
    public IReadOnlyList<string> Listen { get; init; } = ["/ip4/0.0.0.0/tcp/0"];

    /// <summary>Multiaddrs of peers to connect to, beside the network file's bootstrap list.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    /// <summary>Path of the network file; null to start without one.</summary>
    public string? Network { get; init; }

    /// <summary>Where the node keeps its identity, its content and its copy of the log.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>What opens keys that are locked.</summary>
    public KeySecrets Secrets { get; init; } = KeySecrets.None;

    /// <summary>Connects to nobody by itself and only answers.</summary>
    public bool ListenOnly { get; init; }

    /// <summary>Carries circuits between peers that cannot be dialed, within limits.</summary>
    public bool Relay { get; init; }

    /// <summary>Finds the network's nodes on the same local network by multicast DNS, and is found.</summary>
    public bool Mdns { get; init; }

    /// <summary>Path of the key of the private network that peers have to be in; null for none.</summary>
    public string? SwarmKey { get; init; }

    /// <summary>Asks the router of the local network to let peers in.</summary>
    public bool MapPorts { get; init; } = true;

    /// <summary>Peers and networks that the node has nothing to do with, as a peer id, an IP address or <c>192.0.2.0/24</c>.</summary>
    public IReadOnlyList<string> Deny { get; init; } = [];

    /// <summary>Limits on what peers take, as <c>inbound-connections=384</c>; see <see cref="LimitOption"/>.</summary>
    public IReadOnlyList<string> Limits { get; init; } = [];

    /// <summary>Upstreams, as <c>docker.io=https://host</c>, <c>docker.io=oci:DIR</c>, <c>maven=https://host/path</c> or <c>maven=dir:DIR</c>.</summary>
    public IReadOnlyList<string> Upstreams { get; init; } = [];

    /// <summary>Asks the authorities for an image that a client wants and the log does not have; null for yes in a test network and no elsewhere.</summary>
    public bool? BuildOnMiss { get; init; }

    /// <summary>What happens with an artifact that the log does not prove as the network asks.</summary>
    public PolicyMode Policy { get; init; } = PolicyMode.Enforce;

    /// <summary>Coordinates that may answer although they were not verified, as <c>maven:org.acme:lib:1.0</c> or <c>docker:docker.io/library/x:1</c>.</summary>
    public IReadOnlyList<string> Allow { get; init; } = [];

    /// <summary>Origins of web pages that may connect to the node as peers, as <c>https://app.example</c>; the node's own may always.</summary>
    public IReadOnlyList<string> WebOrigins { get; init; } = [];

    /// <summary>Silence after which a peer is declared dead and its connection closed.</summary>
    public TimeSpan DeadAfter { get; init; } = TimeSpan.FromSeconds(9);

    /// <summary>How the log is written.</summary>
    public LogFormat LogFormat { get; init; }
}
