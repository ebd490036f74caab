using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Libp2p;

/// <summary>A question or an answer of AutoNAT v1: type = 1 (0 dial, 1 response), dial = 2 {peer = 1 {id = 1, addrs = 2}}, dialResponse = 3 {status = 1, statusText = 2, addr = 3}.
/// https://github.com/libp2p/specs/blob/master/autonat/autonat-v1.md#rpc-messages</summary>
internal sealed record AutoNatV1Message
{
    public const string ProtocolId = "/libp2p/autonat/1.0.0";

    /// <summary>Longest message, in bytes.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>Addresses that are read or sent.</summary>
    public const int MaxAddresses = 16;

    /// <summary>Who asks; null in an answer.</summary>
    public PeerId? Peer { get; init; }

    /// <summary>What the asker wants dialed.</summary>
    public IReadOnlyList<Multiaddr> Addresses { get; init; } = [];

    /// <summary>The outcome; null in a question.</summary>
    public AutoNatV1Status? Status { get; init; }

    /// <summary>The address that was reached.</summary>
    public Multiaddr? Reached { get; init; }

    public byte[] Encode()
    {
        if (Status is { } status)
        {
            var response = new ProtoWriter().Number(1, (ulong)status);
            if (Reached is { } reached) response.Bytes(3, reached.Bytes.Span);
            return new ProtoWriter().Number(1, 1).Bytes(3, response.ToArray()).ToArray();
        }
        var peer = new ProtoWriter();
        if (Peer is { } id) peer.Bytes(1, id.Bytes.Span);
        foreach (var address in Addresses.Take(MaxAddresses)) peer.Bytes(2, address.Bytes.Span);
        return new ProtoWriter().Number(1, 0).Bytes(2, new ProtoWriter().Bytes(1, peer.ToArray()).ToArray()).ToArray();
    }

    /// <summary>Decodes; false when malformed, or when it is neither a question with a peer nor an answer with a status. Addresses that are not understood are left out.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out AutoNatV1Message? message)
    {
        message = null;
        if (source.Length > MaxLength) return false;
        ulong type = 0;
        ReadOnlySpan<byte> dial = default, response = default;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsNumber(1)) type = reader.Number;
            else if (reader.IsBytes(2)) dial = reader.Bytes;
            else if (reader.IsBytes(3)) response = reader.Bytes;
        }
        if (reader.Failed) return false;
        message = type switch { 0 => DecodeDial(dial), 1 => DecodeResponse(response), _ => null };
        return message is not null;
    }

    private static AutoNatV1Message? DecodeDial(ReadOnlySpan<byte> source)
    {
        ReadOnlySpan<byte> peer = default, id = default;
        var reader = new ProtoReader(source);
        while (reader.Next())
            if (reader.IsBytes(1)) peer = reader.Bytes;
        if (reader.Failed) return null;
        var addresses = new List<Multiaddr>();
        reader = new ProtoReader(peer);
        while (reader.Next())
        {
            if (reader.IsBytes(1)) id = reader.Bytes;
            else if (reader.IsBytes(2) && addresses.Count < MaxAddresses && Multiaddr.TryDecode(reader.Bytes, out var address)) addresses.Add(address);
        }
        return reader.Failed || !PeerId.TryDecode(id, out var asker) ? null : new AutoNatV1Message { Peer = asker, Addresses = addresses };
    }

    private static AutoNatV1Message? DecodeResponse(ReadOnlySpan<byte> source)
    {
        AutoNatV1Status? status = null;
        Multiaddr? reached = null;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsNumber(1)) status = (AutoNatV1Status)Math.Min(reader.Number, int.MaxValue);
            else if (reader.IsBytes(3) && Multiaddr.TryDecode(reader.Bytes, out var address)) reached = address;
        }
        return reader.Failed || status is null ? null : new AutoNatV1Message { Status = status, Reached = reached };
    }
}
