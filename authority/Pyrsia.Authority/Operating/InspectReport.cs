using System.Text.Json.Serialization;

namespace Pyrsia.Authority.Operating;

/// <summary>What a stopped authority keeps.</summary>
internal sealed record InspectReport(
    [property: JsonPropertyName("authority")] string Authority,
    [property: JsonPropertyName("organisation")] string Organisation,
    [property: JsonPropertyName("origin")] string Origin,
    [property: JsonPropertyName("chainId")] string ChainId,
    [property: JsonPropertyName("storage")] string Storage,
    [property: JsonPropertyName("epoch")] ulong Epoch,
    [property: JsonPropertyName("view")] ulong View,
    [property: JsonPropertyName("mayVote")] bool MayVote,
    [property: JsonPropertyName("notVotingBecause")] string? NotVotingBecause,
    [property: JsonPropertyName("finalized")] InspectedBlock? Finalized,
    [property: JsonPropertyName("log")] InspectedLog Log,
    [property: JsonPropertyName("journal")] InspectedJournal? Journal,
    [property: JsonPropertyName("openRequests")] IReadOnlyList<InspectedRequest> OpenRequests,
    [property: JsonPropertyName("keys")] InspectedKeys Keys);

/// <summary>The last final block.</summary>
internal sealed record InspectedBlock(
    [property: JsonPropertyName("height")] ulong Height,
    [property: JsonPropertyName("view")] ulong View,
    [property: JsonPropertyName("hash")] string Hash,
    [property: JsonPropertyName("time")] DateTimeOffset Time);

/// <summary>The stored log.</summary>
internal sealed record InspectedLog(
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("root")] string Root,
    [property: JsonPropertyName("checkpointSize")] long? CheckpointSize);

/// <summary>The journal of the epoch.</summary>
internal sealed record InspectedJournal(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("records")] int Records,
    [property: JsonPropertyName("votes")] int Votes,
    [property: JsonPropertyName("highestVote")] ulong HighestVote,
    [property: JsonPropertyName("floor")] ulong Floor,
    [property: JsonPropertyName("waitingEntries")] int WaitingEntries);

/// <summary>A request without a verdict.</summary>
internal sealed record InspectedRequest(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("coordinate")] string Coordinate,
    [property: JsonPropertyName("phase")] string Phase,
    [property: JsonPropertyName("index")] long Index);

/// <summary>The peer id, and the SHA-256 of each public key.</summary>
internal sealed record InspectedKeys(
    [property: JsonPropertyName("peerId")] string PeerId,
    [property: JsonPropertyName("vote")] string Vote,
    [property: JsonPropertyName("cosigner")] string Cosigner,
    [property: JsonPropertyName("log")] string Log,
    [property: JsonPropertyName("builder")] string Builder);

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(InspectReport))]
internal sealed partial class InspectJsonContext : JsonSerializerContext;
