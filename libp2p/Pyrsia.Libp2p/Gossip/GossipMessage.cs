using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>A published message, always signed: from = 1, data = 2, seqno = 3, topic = 4, signature = 5, key = 6 (the policy StrictSign).
/// https://github.com/libp2p/specs/blob/master/pubsub/README.md#the-message</summary>
/// <param name="From">The peer that published it.</param>
/// <param name="Topic">What it is about, at most <see cref="MaxTopicLength"/> bytes of UTF-8.</param>
/// <param name="SequenceNumber">A number that this peer uses once.</param>
/// <param name="Data">What it says, at most <see cref="MaxDataLength"/> bytes.</param>
/// <param name="Signature">The publisher's signature over the fields before.</param>
/// <param name="Key">The publisher's encoded key where its peer id does not hold it, else empty.</param>
public sealed record GossipMessage(PeerId From, string Topic, ulong SequenceNumber, ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Signature, ReadOnlyMemory<byte> Key)
{
    /// <summary>Longest topic, in bytes.</summary>
    public const int MaxTopicLength = 256;

    /// <summary>Most data of one message, in bytes.</summary>
    public const int MaxDataLength = 512 * 1024;

    private const int SequenceLength = 8;

    /// <summary>The peer that passed it on to this one; null for one's own.</summary>
    public PeerId? ReceivedFrom { get; init; }

    private static ReadOnlySpan<byte> SignaturePrefix => "libp2p-pubsub:"u8;

    /// <summary>The id that gossipsub gives by default: publisher, then sequence number.</summary>
    public GossipMessageId DefaultId => new([.. From.Bytes.Span, .. SequenceBytes(SequenceNumber)]);

    /// <summary>Signs a message of one's own.</summary>
    public static GossipMessage Sign(KeyPair publisher, string topic, ulong sequenceNumber, ReadOnlyMemory<byte> data)
    {
        ArgumentNullException.ThrowIfNull(publisher);
        var key = publisher.PeerId.TryGetPublicKey(out _) ? [] : publisher.PublicKey.Encode();
        var message = new GossipMessage(publisher.PeerId, topic, sequenceNumber, data, default, key);
        return message with { Signature = publisher.Sign(message.SignedBytes()) };
    }

    /// <summary>True when the publisher signed exactly this.</summary>
    public bool IsSigned()
    {
        if (!From.TryGetPublicKey(out var key) && !(Libp2pPublicKey.TryDecode(Key.Span, out key) && PeerId.FromPublicKey(key) == From)) return false;
        return key.Verify(SignedBytes(), Signature.Span);
    }

    internal static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out GossipMessage? message)
    {
        message = null;
        PeerId from = default;
        string? topic = null;
        ulong? sequence = null;
        byte[] data = [], signature = [], key = [];
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsBytes(1) && !PeerId.TryDecode(reader.Bytes, out from)) return false;
            if (reader.IsBytes(2)) data = reader.Bytes.ToArray();
            if (reader.IsBytes(3))
            {
                if (reader.Bytes.Length != SequenceLength) return false;
                sequence = BinaryPrimitives.ReadUInt64BigEndian(reader.Bytes);
            }
            if (reader.IsBytes(4) && !TryReadTopic(reader.Bytes, out topic)) return false;
            if (reader.IsBytes(5)) signature = reader.Bytes.ToArray();
            if (reader.IsBytes(6)) key = reader.Bytes.ToArray();
        }
        if (reader.Failed || from.IsEmpty || topic is null || sequence is null || signature.Length == 0 || data.Length > MaxDataLength) return false;
        message = new GossipMessage(from, topic, sequence.Value, data, signature, key);
        return true;
    }

    internal static bool TryReadTopic(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? topic)
    {
        topic = null;
        if (bytes.Length is 0 or > MaxTopicLength || !System.Text.Unicode.Utf8.IsValid(bytes)) return false;
        topic = Encoding.UTF8.GetString(bytes);
        return true;
    }

    internal byte[] Encode() => Fields().Bytes(5, Signature.Span).OptionalBytes(6, Key.Span).ToArray();

    private static byte[] SequenceBytes(ulong number)
    {
        var bytes = new byte[SequenceLength];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        return bytes;
    }

    private byte[] SignedBytes() => [.. SignaturePrefix, .. Fields().ToArray()];

    private ProtoWriter Fields() => new ProtoWriter().Bytes(1, From.Bytes.Span).Bytes(2, Data.Span).Bytes(3, SequenceBytes(SequenceNumber)).Text(4, Topic);
}
