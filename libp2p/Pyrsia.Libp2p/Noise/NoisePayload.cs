using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>What libp2p puts into noise messages 2 and 3: identity_key = 1, identity_sig = 2, extensions = 4 {stream_muxers = 2}.
/// https://github.com/libp2p/specs/blob/master/noise/README.md#the-libp2p-handshake-payload</summary>
internal sealed record NoisePayload(Libp2pPublicKey IdentityKey, byte[] Signature, IReadOnlyList<string> Muxers)
{
    private const int MaxMuxers = 16;

    private static ReadOnlySpan<byte> SignedPrefix => "noise-libp2p-static-key:"u8;

    /// <summary>Payload that binds the static key to the identity.</summary>
    public static byte[] Create(KeyPair identity, ReadOnlySpan<byte> staticKey, IEnumerable<string> muxers)
    {
        var extensions = new ProtoWriter();
        foreach (var muxer in muxers) extensions.Text(2, muxer);
        return new ProtoWriter()
            .Bytes(1, identity.PublicKey.Encode())
            .Bytes(2, identity.Sign([.. SignedPrefix, .. staticKey]))
            .OptionalBytes(4, extensions.ToArray())
            .ToArray();
    }

    /// <summary>Decodes and checks that the identity signed <paramref name="staticKey"/>.</summary>
    public static bool TryVerify(ReadOnlySpan<byte> source, ReadOnlySpan<byte> staticKey, out NoisePayload payload)
    {
        payload = null!;
        ReadOnlySpan<byte> key = default, signature = default, extensions = default;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsBytes(1)) key = reader.Bytes;
            else if (reader.IsBytes(2)) signature = reader.Bytes;
            else if (reader.IsBytes(4)) extensions = reader.Bytes;
        }
        if (reader.Failed || !Libp2pPublicKey.TryDecode(key, out var identity)) return false;
        if (!identity.Verify([.. SignedPrefix, .. staticKey], signature)) return false;
        var muxers = new List<string>();
        var inner = new ProtoReader(extensions);
        while (inner.Next())
            if (inner.IsBytes(2) && muxers.Count < MaxMuxers) muxers.Add(Encoding.UTF8.GetString(inner.Bytes));
        if (inner.Failed) return false;
        payload = new NoisePayload(identity, signature.ToArray(), muxers);
        return true;
    }
}
