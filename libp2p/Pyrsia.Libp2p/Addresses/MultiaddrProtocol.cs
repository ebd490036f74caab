namespace Pyrsia.Libp2p;

/// <summary>One row of the multiaddr protocol table. https://github.com/multiformats/multiaddr/blob/master/protocols.csv</summary>
internal sealed record MultiaddrProtocol(int Code, string Name, MultiaddrValue Value, int Size = 0)
{
    private static readonly MultiaddrProtocol[] Table =
    [
        new(4, "ip4", MultiaddrValue.Ip, 4),
        new(6, "tcp", MultiaddrValue.Port, 2),
        new(41, "ip6", MultiaddrValue.Ip, 16),
        new(42, "ip6zone", MultiaddrValue.Text),
        new(53, "dns", MultiaddrValue.Text),
        new(54, "dns4", MultiaddrValue.Text),
        new(55, "dns6", MultiaddrValue.Text),
        new(56, "dnsaddr", MultiaddrValue.Text),
        new(273, "udp", MultiaddrValue.Port, 2),
        new(280, "webrtc-direct", MultiaddrValue.None),
        new(281, "webrtc", MultiaddrValue.None),
        new(290, "p2p-circuit", MultiaddrValue.None),
        new(421, "p2p", MultiaddrValue.PeerId),
        new(443, "https", MultiaddrValue.None),
        new(448, "tls", MultiaddrValue.None),
        new(449, "sni", MultiaddrValue.Text),
        new(454, "noise", MultiaddrValue.None),
        new(460, "quic", MultiaddrValue.None),
        new(461, "quic-v1", MultiaddrValue.None),
        new(465, "webtransport", MultiaddrValue.None),
        new(466, "certhash", MultiaddrValue.Multibase),
        new(477, "ws", MultiaddrValue.None),
        new(478, "wss", MultiaddrValue.None),
        new(480, "http", MultiaddrValue.None),
        new(777, "memory", MultiaddrValue.Number, 8),
    ];

    private static readonly Dictionary<int, MultiaddrProtocol> ByCode = Table.ToDictionary(p => p.Code);
    private static readonly Dictionary<string, MultiaddrProtocol> ByName =
        Table.Append(Table.Single(p => p.Code == 421) with { Name = "ipfs" }).ToDictionary(p => p.Name, StringComparer.Ordinal);

    public static MultiaddrProtocol? Find(ulong code) => code <= int.MaxValue ? ByCode.GetValueOrDefault((int)code) : null;

    public static MultiaddrProtocol? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>True when the value carries its own length.</summary>
    public bool IsPrefixed => Value is MultiaddrValue.Text or MultiaddrValue.PeerId or MultiaddrValue.Multibase;
}
