using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>What a client and a rendezvous point say: type = 1, and the fields of the type in the message of its number, register = 2 to discoverResponse = 6.
/// https://github.com/libp2p/specs/blob/master/rendezvous/README.md#protobuf</summary>
/// <remarks><code>
/// register          2   ns 1, signedPeerRecord 2, ttl 3
/// registerResponse  3   status 1, statusText 2, ttl 3
/// unregister        4   ns 1
/// discover          5   ns 1, limit 2, cookie 3
/// discoverResponse  6   registrations 1 (each a register), cookie 2, status 3, statusText 4
/// </code></remarks>
internal sealed record RendezvousMessage(RendezvousMessageType Type)
{
    public const string ProtocolId = "/rendezvous/1.0.0";

    /// <summary>Longest question, in bytes: a namespace, and a record or a cookie.</summary>
    public const int MaxRequestLength = 4 * 1024;

    /// <summary>Longest answer, in bytes; other implementations take as much.</summary>
    public const int MaxResponseLength = 1024 * 1024;

    /// <summary>Registrations of one answer that are read.</summary>
    public const int MaxRegistrations = 1000;

    /// <summary>Longest text beside a status that is read, in bytes.</summary>
    private const int MaxStatusText = 1024;

    /// <summary>The namespace; empty for all, and for none.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Where the registering peer is, in its signed words.</summary>
    public ReadOnlyMemory<byte> SignedPeerRecord { get; init; }

    /// <summary>Seconds for which the registration holds; 0 when nothing is said.</summary>
    public ulong Ttl { get; init; }

    /// <summary>Registrations that are wanted at most; 0 when nothing is said.</summary>
    public ulong Limit { get; init; }

    public ReadOnlyMemory<byte> Cookie { get; init; }

    public RendezvousStatus Status { get; init; }

    public string StatusText { get; init; } = "";

    /// <summary>What was found: messages of type register.</summary>
    public IReadOnlyList<RendezvousMessage> Registrations { get; init; } = [];

    public byte[] Encode() => new ProtoWriter().Number(1, (ulong)Type).Bytes((int)Type + 2, Type switch
    {
        RendezvousMessageType.Register => EncodeRegister(),
        RendezvousMessageType.RegisterResponse => Numbers(new ProtoWriter().Number(1, (ulong)Status).OptionalBytes(2, Encoding.UTF8.GetBytes(StatusText)), (3, Ttl)).ToArray(),
        RendezvousMessageType.Unregister => new ProtoWriter().Text(1, Namespace).ToArray(),
        RendezvousMessageType.Discover => Numbers(new ProtoWriter().OptionalBytes(1, Encoding.UTF8.GetBytes(Namespace)), (2, Limit)).OptionalBytes(3, Cookie.Span).ToArray(),
        _ => EncodeFound(),
    }).ToArray();

    /// <summary>Decodes; false when malformed, or when the fields of its type are missing.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out RendezvousMessage? message)
    {
        message = null;
        if (source.Length > MaxResponseLength) return false;
        // What is not said is the first of the types, since some encoders leave it out.
        var type = 0ul;
        var reader = new ProtoReader(source);
        while (reader.Next())
            if (reader.IsNumber(1)) type = reader.Number;
        if (reader.Failed || type > (ulong)RendezvousMessageType.DiscoverResponse) return false;
        ReadOnlySpan<byte> body = default;
        var found = false;
        reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (!reader.IsBytes((int)type + 2)) continue;
            body = reader.Bytes;
            found = true;
        }
        return found && TryDecode((RendezvousMessageType)type, body, out message);
    }

    private static bool TryDecode(RendezvousMessageType type, ReadOnlySpan<byte> body, [NotNullWhen(true)] out RendezvousMessage? message)
    {
        message = null;
        var result = new RendezvousMessage(type);
        var registrations = new List<RendezvousMessage>();
        var reader = new ProtoReader(body);
        while (reader.Next())
        {
            if (type == RendezvousMessageType.DiscoverResponse && reader.IsBytes(1))
            {
                if (registrations.Count == MaxRegistrations || !TryDecode(RendezvousMessageType.Register, reader.Bytes, out var registration)) return false;
                registrations.Add(registration);
                continue;
            }
            result = (type, reader.Field, reader.Wire) switch
            {
                (RendezvousMessageType.Register or RendezvousMessageType.Unregister or RendezvousMessageType.Discover, 1, 2) => result with { Namespace = Encoding.UTF8.GetString(reader.Bytes) },
                (RendezvousMessageType.Register, 2, 2) => result with { SignedPeerRecord = reader.Bytes.ToArray() },
                (RendezvousMessageType.Register or RendezvousMessageType.RegisterResponse, 3, 0) => result with { Ttl = reader.Number },
                (RendezvousMessageType.RegisterResponse, 1, 0) or (RendezvousMessageType.DiscoverResponse, 3, 0) => result with { Status = (RendezvousStatus)Math.Min(reader.Number, int.MaxValue) },
                (RendezvousMessageType.RegisterResponse, 2, 2) or (RendezvousMessageType.DiscoverResponse, 4, 2) => result with { StatusText = Encoding.UTF8.GetString(reader.Bytes[..Math.Min(reader.Bytes.Length, MaxStatusText)]) },
                (RendezvousMessageType.Discover, 2, 0) => result with { Limit = reader.Number },
                (RendezvousMessageType.Discover, 3, 2) or (RendezvousMessageType.DiscoverResponse, 2, 2) => result with { Cookie = reader.Bytes.ToArray() },
                _ => result,
            };
        }
        if (reader.Failed) return false;
        message = result with { Registrations = registrations };
        return true;
    }

    private byte[] EncodeRegister() => Numbers(new ProtoWriter().Text(1, Namespace).OptionalBytes(2, SignedPeerRecord.Span), (3, Ttl)).ToArray();

    private byte[] EncodeFound()
    {
        var writer = new ProtoWriter();
        foreach (var registration in Registrations) writer.Bytes(1, registration.EncodeRegister());
        return writer.OptionalBytes(2, Cookie.Span).Number(3, (ulong)Status).OptionalBytes(4, Encoding.UTF8.GetBytes(StatusText)).ToArray();
    }

    private static ProtoWriter Numbers(ProtoWriter writer, (int Field, ulong Value) number) => number.Value == 0 ? writer : writer.Number(number.Field, number.Value);
}
