using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Pyrsia.Libp2p;

public sealed partial class Multiaddr
{
    private const int P2pCode = 421;
    private const int CircuitCode = 290;
    private const int WebSocketCode = 477;
    private const int UdpCode = 273;
    private const int QuicCode = 461;
    private const int MemoryCode = 777;

    /// <summary>Peer id at the end of the address, or null.</summary>
    public PeerId? PeerId =>
        components[^1].Code == P2pCode && Libp2p.PeerId.TryDecode(components[^1].Value.Span, out var id) ? id : null;

    /// <summary>True when the address leads over a relay.</summary>
    public bool IsRelayed => components.Any(c => c.Code == CircuitCode);

    /// <summary>True when the address begins with an IP address that can be reached from anywhere, and leads over no relay.</summary>
    internal bool IsPublic => !IsRelayed && StandsOnIp && AddressScope.IsPublic(FirstIp);

    /// <summary>True when the address begins with an IP address, as every one of a connection does that this host made, but for those in memory.</summary>
    internal bool StandsOnIp => components[0].Protocol.Value == MultiaddrValue.Ip;

    /// <summary>The IP address that the address begins with.</summary>
    internal IPAddress FirstIp => new(components[0].Value.Span);

    /// <summary>The address that ends in <c>/p2p/id</c>; a peer id that stands there already is replaced.</summary>
    public Multiaddr WithPeerId(PeerId id) =>
        new([.. WithoutPeerIdComponents(), new MultiaddrComponent(MultiaddrProtocol.Find(P2pCode)!, id.Bytes.ToArray())]);

    /// <summary>The address without the peer id at its end; the same address when there is none.</summary>
    public Multiaddr WithoutPeerId() =>
        components[^1].Code != P2pCode || components.Length == 1 ? this : new Multiaddr(WithoutPeerIdComponents());

    /// <summary>IP endpoint when the address is exactly an IP address and a TCP port, apart from a peer id.</summary>
    public bool TryGetTcpEndPoint(out IPEndPoint endPoint)
    {
        endPoint = new IPEndPoint(IPAddress.None, 0);
        var core = WithoutPeerIdComponents();
        if (core.Length != 2 || core[0].Protocol.Value != MultiaddrValue.Ip || core[1].Name != "tcp") return false;
        endPoint = new IPEndPoint(new IPAddress(core[0].Value.Span), BinaryPrimitives.ReadUInt16BigEndian(core[1].Value.Span));
        return true;
    }

    /// <summary>IP endpoint when the address is exactly an IP address, a UDP port and <c>quic-v1</c>, apart from a peer id.</summary>
    internal bool TryGetQuicEndPoint(out IPEndPoint endPoint)
    {
        endPoint = new IPEndPoint(IPAddress.None, 0);
        var core = WithoutPeerIdComponents();
        if (core.Length != 3 || core[0].Protocol.Value != MultiaddrValue.Ip || core[1].Name != "udp" || core[2].Name != "quic-v1") return false;
        endPoint = new IPEndPoint(new IPAddress(core[0].Value.Span), BinaryPrimitives.ReadUInt16BigEndian(core[1].Value.Span));
        return true;
    }

    /// <summary>The address of an endpoint that is reached by QUIC.</summary>
    internal static Multiaddr FromQuicEndPoint(IPEndPoint endPoint)
    {
        var tcp = FromEndPoint(endPoint);
        return new([tcp.components[0], new MultiaddrComponent(MultiaddrProtocol.Find(UdpCode)!, tcp.components[1].Value.ToArray()), new MultiaddrComponent(MultiaddrProtocol.Find(QuicCode)!, [])]);
    }

    /// <summary>Number when the address is exactly one inside this process, apart from a peer id.</summary>
    internal bool TryGetMemory(out ulong number)
    {
        var core = WithoutPeerIdComponents();
        var isMemory = core.Length == 1 && core[0].Code == MemoryCode;
        number = isMemory ? BinaryPrimitives.ReadUInt64BigEndian(core[0].Value.Span) : 0;
        return isMemory;
    }

    /// <summary>The address of a number inside this process.</summary>
    internal static Multiaddr FromMemory(ulong number)
    {
        var value = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(value, number);
        return new([new MultiaddrComponent(MultiaddrProtocol.Find(MemoryCode)!, value)]);
    }

    /// <summary>The address that a WebSocket runs over, without peer id; the same address when it names none.</summary>
    internal Multiaddr WithoutWebSocket(out bool webSocket)
    {
        var core = WithoutPeerIdComponents();
        webSocket = core.Length > 1 && core[^1].Code == WebSocketCode;
        return webSocket ? new Multiaddr(core[..^1]) : this;
    }

    /// <summary>The address with a WebSocket over it.</summary>
    internal Multiaddr WithWebSocket() => new([.. components, new MultiaddrComponent(MultiaddrProtocol.Find(WebSocketCode)!, [])]);

    /// <summary>Host name, family (4, 6 or 0 for either) and port when the address is a DNS name and a TCP port, or a UDP port and <c>quic-v1</c>.</summary>
    internal bool TryGetName(out string host, out int family, out int port, out bool quic)
    {
        (host, family, port) = ("", 0, 0);
        var core = WithoutPeerIdComponents();
        quic = core.Length == 3 && core[1].Name == "udp" && core[2].Name == "quic-v1";
        if (core[0].Name is not ("dns" or "dns4" or "dns6") || !(quic || (core.Length == 2 && core[1].Name == "tcp"))) return false;
        host = core[0].Text;
        family = core[0].Name switch { "dns4" => 4, "dns6" => 6, _ => 0 };
        port = BinaryPrimitives.ReadUInt16BigEndian(core[1].Value.Span);
        return true;
    }

    /// <summary>The address with a circuit over the relay that it names.</summary>
    internal Multiaddr WithCircuit() => new([.. components, new MultiaddrComponent(MultiaddrProtocol.Find(CircuitCode)!, [])]);

    /// <summary>The relay, which ends in its peer id, and the peer behind it when one is named. One circuit only: relays do not serve circuits.</summary>
    internal bool TryGetCircuit([NotNullWhen(true)] out Multiaddr? relay, out PeerId? target)
    {
        (relay, target) = (null, null);
        var core = WithoutPeerIdComponents();
        if (core.Length < 2 || core[^1].Code != CircuitCode) return false;
        var before = new Multiaddr(core[..^1]);
        if (before.IsRelayed || before.PeerId is null) return false;
        (relay, target) = (before, core.Length == components.Length ? null : PeerId);
        return true;
    }

    /// <summary>The name when the address is a name whose TXT records hold the addresses.</summary>
    internal bool TryGetDnsaddrName(out string name)
    {
        var core = WithoutPeerIdComponents();
        var isName = core.Length == 1 && core[0].Name == "dnsaddr";
        name = isName ? core[0].Text : "";
        return isName;
    }

    private MultiaddrComponent[] WithoutPeerIdComponents() => components[^1].Code == P2pCode ? components[..^1] : components;
}
