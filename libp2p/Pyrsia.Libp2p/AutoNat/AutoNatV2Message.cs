using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Libp2p;

/// <summary>One of what is said on <c>/libp2p/autonat/2/dial-request</c>: dialRequest = 1, dialResponse = 2, dialDataRequest = 3, dialDataResponse = 4.
/// https://github.com/libp2p/specs/blob/master/autonat/autonat-v2.md#rpc-messages</summary>
internal abstract record AutoNatV2Message
{
    public const string ProtocolId = "/libp2p/autonat/2/dial-request";

    /// <summary>Longest message, in bytes.</summary>
    public const int MaxLength = 8 * 1024;

    private protected AutoNatV2Message()
    {
    }

    /// <summary>Number of the message's field, and the message.</summary>
    public abstract (int Field, byte[] Bytes) Body { get; }

    public byte[] Encode() => new ProtoWriter().Bytes(Body.Field, Body.Bytes).ToArray();

    /// <summary>Decodes; false when malformed or none of the four.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out AutoNatV2Message? message)
    {
        message = null;
        if (source.Length > MaxLength) return false;
        var field = 0;
        ReadOnlySpan<byte> body = default;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.Wire != 2 || reader.Field is < 1 or > 4) continue;
            field = reader.Field;
            body = reader.Bytes;
        }
        if (reader.Failed) return false;
        message = field switch
        {
            1 => AutoNatV2Request.Decode(body),
            2 => AutoNatV2Response.Decode(body),
            3 => AutoNatV2DataRequest.Decode(body),
            4 => AutoNatV2Data.Decode(body),
            _ => null,
        };
        return message is not null;
    }
}

/// <summary>The client wants the first of these addresses dialed that the server is willing to: addrs = 1, nonce = 2.</summary>
internal sealed record AutoNatV2Request(IReadOnlyList<Multiaddr?> Addresses, ulong Nonce) : AutoNatV2Message
{
    /// <summary>Addresses that are read or sent.</summary>
    public const int MaxAddresses = 16;

    public override (int Field, byte[] Bytes) Body
    {
        get
        {
            var writer = new ProtoWriter();
            foreach (var address in Addresses.Take(MaxAddresses)) writer.Bytes(1, address is null ? [] : address.Bytes.Span);
            return (1, writer.Fixed64(2, Nonce).ToArray());
        }
    }

    /// <summary>An address that is not understood is null, for the answer names addresses by their place.</summary>
    public static AutoNatV2Request? Decode(ReadOnlySpan<byte> source)
    {
        var addresses = new List<Multiaddr?>();
        ulong nonce = 0;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsBytes(1) && addresses.Count < MaxAddresses) addresses.Add(Multiaddr.TryDecode(reader.Bytes, out var address) ? address : null);
            else if (reader is { Field: 2, Wire: 1 }) nonce = reader.Number;
        }
        return reader.Failed ? null : new AutoNatV2Request(addresses, nonce);
    }
}

/// <summary>The outcome: status = 1, addrIdx = 2, dialStatus = 3.</summary>
internal sealed record AutoNatV2Response(AutoNatV2Status Status, uint Index, AutoNatV2DialStatus Dial) : AutoNatV2Message
{
    public override (int Field, byte[] Bytes) Body => (2, new ProtoWriter().Number(1, (ulong)Status).Number(2, Index).Number(3, (ulong)Dial).ToArray());

    public static AutoNatV2Response? Decode(ReadOnlySpan<byte> source)
    {
        ulong status = 0, index = 0, dial = 0;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsNumber(1)) status = reader.Number;
            else if (reader.IsNumber(2)) index = reader.Number;
            else if (reader.IsNumber(3)) dial = reader.Number;
        }
        if (reader.Failed || status > int.MaxValue || index > uint.MaxValue || dial > int.MaxValue) return null;
        return new AutoNatV2Response((AutoNatV2Status)status, (uint)index, (AutoNatV2DialStatus)dial);
    }
}

/// <summary>The server wants bytes before it dials an IP address that is not the asker's: addrIdx = 1, numBytes = 2.</summary>
internal sealed record AutoNatV2DataRequest(uint Index, ulong Bytes) : AutoNatV2Message
{
    public override (int Field, byte[] Bytes) Body => (3, new ProtoWriter().Number(1, Index).Number(2, Bytes).ToArray());

    public static AutoNatV2DataRequest? Decode(ReadOnlySpan<byte> source)
    {
        ulong index = 0, bytes = 0;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsNumber(1)) index = reader.Number;
            else if (reader.IsNumber(2)) bytes = reader.Number;
        }
        return reader.Failed || index > uint.MaxValue ? null : new AutoNatV2DataRequest((uint)index, bytes);
    }
}

/// <summary>Such bytes: data = 1. What they are means nothing.</summary>
internal sealed record AutoNatV2Data(int Length) : AutoNatV2Message
{
    /// <summary>Bytes in one message at most.</summary>
    public const int MaxBytes = 4096;

    public override (int Field, byte[] Bytes) Body => (4, new ProtoWriter().Bytes(1, new byte[Length]).ToArray());

    public static AutoNatV2Data? Decode(ReadOnlySpan<byte> source)
    {
        var length = 0;
        var reader = new ProtoReader(source);
        while (reader.Next())
            if (reader.IsBytes(1)) length = reader.Bytes.Length;
        return reader.Failed || length > MaxBytes ? null : new AutoNatV2Data(length);
    }
}
