using System.Text.Json.Serialization;

namespace Pyrsia.Libp2p;

/// <summary>The peer store's file: version, and of each peer its addresses with the unix second of their end.</summary>
internal sealed record PeerStoreDocument(int Version, IReadOnlyList<PeerStoreDocument.Peer> Peers)
{
    public const int CurrentVersion = 1;

    internal sealed record Peer(string Id, IReadOnlyDictionary<string, long> Addresses, IReadOnlyList<string> Protocols);
}

[JsonSourceGenerationOptions(WriteIndented = false, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PeerStoreDocument))]
internal sealed partial class PeerStoreJson : JsonSerializerContext;
