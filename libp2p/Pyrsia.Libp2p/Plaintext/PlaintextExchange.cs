using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Libp2p;

/// <summary>What each side of <c>/plaintext/2.0.0</c> says once, with a uvarint length before it: id = 1, pubkey = 2, both always there.
/// https://github.com/libp2p/specs/blob/master/plaintext/README.md</summary>
internal sealed record PlaintextExchange(Libp2pPublicKey Key)
{
    /// <summary>Longest message, in bytes: the longest key with its id and all that is around them.</summary>
    public const int MaxLength = Libp2pPublicKey.MaxDataLength + 100;

    /// <summary>The message.</summary>
    public byte[] Encode() => new ProtoWriter().Bytes(1, PeerId.FromPublicKey(Key).Bytes.Span).Bytes(2, Key.Encode()).ToArray();

    /// <summary>Decodes; false unless there is a key of a known type and the id that is made of it.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PlaintextExchange? exchange)
    {
        exchange = null;
        if (source.Length > MaxLength) return false;
        ReadOnlySpan<byte> id = default, key = default;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsBytes(1)) id = reader.Bytes;
            else if (reader.IsBytes(2)) key = reader.Bytes;
        }
        if (reader.Failed || !Libp2pPublicKey.TryDecode(key, out var decoded) || !PeerId.TryDecode(id, out var named) || named != PeerId.FromPublicKey(decoded)) return false;
        exchange = new PlaintextExchange(decoded);
        return true;
    }
}
