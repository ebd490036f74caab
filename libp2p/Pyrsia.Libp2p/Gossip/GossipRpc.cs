using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Libp2p;

/// <summary>What one peer tells another at once: subscriptions = 1, publish = 2, control = 3 with ihave = 1, iwant = 2, graft = 3, prune = 4, idontwant = 5.
/// https://github.com/libp2p/specs/blob/master/pubsub/README.md#the-rpc, gossipsub v1.0 to v1.2</summary>
internal sealed class GossipRpc
{
    /// <summary>Longest message on a stream, in bytes: the most data of one published message twice, so that what stands around it fits.</summary>
    public const int MaxLength = 2 * GossipMessage.MaxDataLength;

    /// <summary>Items that are read of each list.</summary>
    public const int MaxItems = 1024;

    /// <summary>Message ids that are read or sent at once, of all topics.</summary>
    public const int MaxIds = 5000;

    /// <summary>Peers that are read or sent with one prune.</summary>
    public const int MaxExchangedPeers = 16;

    public List<(string Topic, bool Joined)> Subscriptions { get; } = [];

    public List<GossipMessage> Messages { get; } = [];

    public List<(string Topic, IReadOnlyList<GossipMessageId> Ids)> IHave { get; } = [];

    public List<GossipMessageId> IWant { get; } = [];

    public List<string> Graft { get; } = [];

    public List<GossipPrune> Prune { get; } = [];

    public List<GossipMessageId> IDontWant { get; } = [];

    public bool IsEmpty => Subscriptions.Count + Messages.Count + IHave.Count + IWant.Count + Graft.Count + Prune.Count + IDontWant.Count == 0;

    /// <summary>The protobuf.</summary>
    public byte[] Encode()
    {
        var writer = new ProtoWriter();
        foreach (var (topic, joined) in Subscriptions) writer.Bytes(1, new ProtoWriter().Number(1, joined ? 1u : 0).Text(2, topic).ToArray());
        foreach (var message in Messages) writer.Bytes(2, message.Encode());
        var control = new ProtoWriter();
        foreach (var (topic, ids) in IHave) control.Bytes(1, Ids(new ProtoWriter().Text(1, topic), 2, ids).ToArray());
        if (IWant.Count > 0) control.Bytes(2, Ids(new ProtoWriter(), 1, IWant).ToArray());
        foreach (var topic in Graft) control.Bytes(3, new ProtoWriter().Text(1, topic).ToArray());
        foreach (var prune in Prune) control.Bytes(4, prune.Encode());
        if (IDontWant.Count > 0) control.Bytes(5, Ids(new ProtoWriter(), 1, IDontWant).ToArray());
        return writer.OptionalBytes(3, control.ToArray()).ToArray();
    }

    /// <summary>False when it is malformed. A published message that is malformed is counted in <paramref name="malformed"/>, the rest stands.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out GossipRpc? rpc, out int malformed)
    {
        rpc = null;
        malformed = 0;
        if (source.Length > MaxLength) return false;
        var read = new GossipRpc();
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsBytes(1) && read.Subscriptions.Count < MaxItems && !read.ReadSubscription(reader.Bytes)) return false;
            if (reader.IsBytes(2) && read.Messages.Count + malformed < MaxItems)
            {
                if (GossipMessage.TryDecode(reader.Bytes, out var message)) read.Messages.Add(message);
                else malformed++;
            }
            if (reader.IsBytes(3) && !read.ReadControl(reader.Bytes)) return false;
        }
        if (reader.Failed) return false;
        rpc = read;
        return true;
    }

    private static ProtoWriter Ids(ProtoWriter writer, int field, IReadOnlyList<GossipMessageId> ids)
    {
        foreach (var id in ids) writer.Bytes(field, id.Bytes.Span);
        return writer;
    }

    private bool ReadSubscription(ReadOnlySpan<byte> source)
    {
        var joined = false;
        string? topic = null;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsNumber(1)) joined = reader.Number != 0;
            if (reader.IsBytes(2) && !GossipMessage.TryReadTopic(reader.Bytes, out topic)) return false;
        }
        if (reader.Failed || topic is null) return false;
        Subscriptions.Add((topic, joined));
        return true;
    }

    private bool ReadControl(ReadOnlySpan<byte> source)
    {
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.Wire != 2) continue;
            switch (reader.Field)
            {
                case 1 when IHave.Count < MaxItems:
                    List<GossipMessageId> had = [];
                    if (!ReadItem(reader.Bytes, 1, 2, had, out var offered)) return false;
                    if (offered is not null) IHave.Add((offered, had));
                    break;
                case 2 when !ReadItem(reader.Bytes, 0, 1, IWant, out _):
                    return false;
                case 3 when Graft.Count < MaxItems:
                    if (!ReadItem(reader.Bytes, 1, 0, [], out var grafted)) return false;
                    if (grafted is not null) Graft.Add(grafted);
                    break;
                case 4 when Prune.Count < MaxItems:
                    if (!GossipPrune.TryDecode(reader.Bytes, out var prune)) return false;
                    Prune.Add(prune);
                    break;
                case 5 when !ReadItem(reader.Bytes, 0, 1, IDontWant, out _):
                    return false;
            }
        }
        return !reader.Failed;
    }

    /// <summary>A topic, ids, or both, in the fields given; 0 for none. Ids beyond the limit are left out.</summary>
    private static bool ReadItem(ReadOnlySpan<byte> source, int topicField, int idField, List<GossipMessageId> ids, out string? topic)
    {
        topic = null;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (topicField > 0 && reader.IsBytes(topicField) && !GossipMessage.TryReadTopic(reader.Bytes, out topic)) return false;
            if (idField == 0 || !reader.IsBytes(idField) || ids.Count >= MaxIds) continue;
            if (reader.Bytes.Length is 0 or > GossipMessageId.MaxLength) return false;
            ids.Add(new GossipMessageId(reader.Bytes));
        }
        return !reader.Failed;
    }
}
