using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>How a host has its ports mapped.</summary>
public sealed record PortMapperOptions
{
    /// <summary>Where the gateway is asked by NAT-PMP, null for the default gateway of this machine at port 5351.</summary>
    public IPEndPoint? Gateway { get; init; }

    /// <summary>Where it is looked for by UPnP, null for the same address and port 1900.</summary>
    public IPEndPoint? UpnpGateway { get; init; }

    /// <summary>Maps the ports of all IPv4 listeners, also of those on loopback and in the Internet: for tests.</summary>
    public bool All { get; init; }

    /// <summary>Before a gateway is looked for again, when there was none or it did not answer. A machine that is carried elsewhere is mapped after this time at most; ten datagrams in each.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the deletion of mappings may hold up the end: four attempts.</summary>
    public TimeSpan ReleaseTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Refuses options that make no sense.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A time is not more than zero or longer than <see cref="Libp2pHostOptions.LongestWait"/>.</exception>
    public void Validate()
    {
        OptionRange.Time(RetryInterval);
        OptionRange.Time(ReleaseTimeout);
    }
}
