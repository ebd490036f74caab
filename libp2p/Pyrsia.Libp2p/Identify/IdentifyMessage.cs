using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>The identify protobuf: publicKey = 1, listenAddrs = 2, protocols = 3, observedAddr = 4, protocolVersion = 5, agentVersion = 6, signedPeerRecord = 8.
/// A field that is null was not in the message, which matters to a push. https://github.com/libp2p/specs/blob/master/identify/README.md</summary>
internal sealed record IdentifyMessage
{
    public const string ProtocolId = "/ipfs/id/1.0.0";
    public const string PushProtocolId = "/ipfs/id/push/1.0.0";

    /// <summary>Longest single message, in bytes.</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>Longest single message that is sent, in bytes: more is not read by every other implementation.</summary>
    public const int MaxSentLength = 8 * 1024;

    /// <summary>Messages that are merged into one; other implementations stop at the same count.</summary>
    public const int MaxMessages = 10;

    /// <summary>Protocols that are kept of a peer.</summary>
    public const int MaxProtocols = 256;

    /// <summary>Longest protocol id or version that is kept, in bytes.</summary>
    public const int MaxTextLength = 256;

    public Libp2pPublicKey? PublicKey { get; init; }

    public IReadOnlyList<Multiaddr>? ListenAddresses { get; init; }

    public IReadOnlyList<string>? Protocols { get; init; }

    public Multiaddr? ObservedAddress { get; init; }

    public string? ProtocolVersion { get; init; }

    public string? AgentVersion { get; init; }

    public PeerRecord? SignedRecord { get; init; }

    /// <summary>The signed record as it is sent.</summary>
    public byte[]? SignedRecordBytes { get; init; }

    /// <summary>In as many messages as it takes for each to be read by everybody. A field that is too long for one is left out.</summary>
    public IReadOnlyList<byte[]> EncodeParts()
    {
        List<List<byte>> parts = [[]];
        foreach (var field in Fields().Where(field => field.Length <= MaxSentLength))
        {
            if (parts[^1].Count + field.Length > MaxSentLength)
            {
                if (parts.Count == MaxMessages) break;
                parts.Add([]);
            }
            parts[^1].AddRange(field);
        }
        return [.. parts.Select(part => part.ToArray())];
    }

    /// <summary>Decodes; false when malformed. Addresses and records that are not understood are left out.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, out IdentifyMessage message)
    {
        message = new IdentifyMessage();
        if (source.Length > MaxLength) return false;
        List<Multiaddr>? addresses = null;
        List<string>? protocols = null;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.Wire != 2) continue;
            switch (reader.Field)
            {
                case 1:
                    if (!Libp2pPublicKey.TryDecode(reader.Bytes, out var key)) return false;
                    message = message with { PublicKey = key };
                    break;
                case 2:
                    addresses ??= [];
                    if (addresses.Count < PeerRecord.MaxAddresses && Multiaddr.TryDecode(reader.Bytes, out var address)) addresses.Add(address);
                    break;
                case 3:
                    protocols ??= [];
                    if (protocols.Count < MaxProtocols && Text(reader.Bytes) is { } protocol) protocols.Add(protocol);
                    break;
                case 4:
                    if (Multiaddr.TryDecode(reader.Bytes, out var observed)) message = message with { ObservedAddress = observed };
                    break;
                case 5:
                    message = message with { ProtocolVersion = Text(reader.Bytes) };
                    break;
                case 6:
                    message = message with { AgentVersion = Text(reader.Bytes) };
                    break;
                case 8:
                    if (PeerRecord.TryOpen(reader.Bytes, out var record)) message = message with { SignedRecord = record, SignedRecordBytes = reader.Bytes.ToArray() };
                    break;
            }
        }
        message = message with { ListenAddresses = addresses, Protocols = protocols };
        return !reader.Failed;
    }

    /// <summary>This message and the next one of the same exchange, of which it is a part: lists are joined, as protobuf merges them.</summary>
    public IdentifyMessage Join(IdentifyMessage next) => Merge(next) with
    {
        ListenAddresses = Join(ListenAddresses, next.ListenAddresses, PeerRecord.MaxAddresses),
        Protocols = Join(Protocols, next.Protocols, MaxProtocols),
    };

    /// <summary>This message with the fields of a later exchange laid over it: what a push names replaces what was known.</summary>
    public IdentifyMessage Merge(IdentifyMessage later)
    {
        var signed = later.SignedRecord is { } record && record.Sequence >= (SignedRecord?.Sequence ?? 0) ? later : this;
        return new()
        {
            PublicKey = later.PublicKey ?? PublicKey,
            ListenAddresses = later.ListenAddresses ?? ListenAddresses,
            Protocols = later.Protocols ?? Protocols,
            ObservedAddress = later.ObservedAddress ?? ObservedAddress,
            ProtocolVersion = later.ProtocolVersion ?? ProtocolVersion,
            AgentVersion = later.AgentVersion ?? AgentVersion,
            SignedRecord = signed.SignedRecord,
            SignedRecordBytes = signed.SignedRecordBytes,
        };
    }

    private IEnumerable<byte[]> Fields()
    {
        static byte[] Field(int number, ReadOnlySpan<byte> value) => new ProtoWriter().Bytes(number, value).ToArray();
        static byte[] TextField(int number, string value) => new ProtoWriter().Text(number, value).ToArray();

        if (PublicKey is not null) yield return Field(1, PublicKey.Encode());
        foreach (var address in ListenAddresses ?? []) yield return Field(2, address.Bytes.Span);
        foreach (var protocol in Protocols ?? []) yield return TextField(3, protocol);
        if (ObservedAddress is not null) yield return Field(4, ObservedAddress.Bytes.Span);
        if (ProtocolVersion is not null) yield return TextField(5, ProtocolVersion);
        if (AgentVersion is not null) yield return TextField(6, AgentVersion);
        if (SignedRecordBytes is not null) yield return Field(8, SignedRecordBytes);
    }

    private static IReadOnlyList<T>? Join<T>(IReadOnlyList<T>? first, IReadOnlyList<T>? second, int limit) =>
        first is null ? second : second is null ? first : [.. first.Concat(second).Distinct().Take(limit)];

    private static string? Text(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxTextLength || !System.Text.Unicode.Utf8.IsValid(bytes)) return null;
        var text = Encoding.UTF8.GetString(bytes);
        return text.Any(char.IsControl) ? null : text;
    }
}
