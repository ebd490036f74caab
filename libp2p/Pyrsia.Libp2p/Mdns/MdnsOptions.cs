using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>How peers of the local network are looked for.</summary>
public sealed record MdnsOptions
{
    /// <summary>The name that all libp2p programs gather under.</summary>
    public const string DefaultService = "_p2p._udp.local";

    /// <summary>The name to gather under; null for <see cref="DefaultService"/>, or in a private network for one with its fingerprint.</summary>
    public string? Service { get; init; }

    /// <summary>Tells loopback addresses, and believes them: for peers that are all on this machine.</summary>
    public bool AllowLoopback { get; init; }

    /// <summary>The multicast group.</summary>
    public IPAddress Group { get; init; } = IPAddress.Parse("224.0.0.251");

    /// <summary>The port of multicast DNS, which many programs of a machine share.</summary>
    public int Port { get; init; } = 5353;

    /// <summary>Refuses options that make no sense.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The port is none.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Port, ushort.MaxValue);
    }
}
