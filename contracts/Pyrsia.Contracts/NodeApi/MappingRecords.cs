using System.Text.Json.Serialization;

namespace Pyrsia.Contracts.NodeApi;

/// <summary>A source, pinned.</summary>
/// <param name="Kind"><c>git</c>, <c>archive</c> or <c>artifact</c>.</param>
/// <param name="Url">Its address, without credentials; of an artifact its coordinate.</param>
/// <param name="Revision">The commit, 40 hexadecimal digits; of an archive its SHA-256, of an artifact that of its main file.</param>
/// <param name="Tag">The tag that leads to the commit, where one was named.</param>
/// <param name="Subdirectory">The folder that is built; null for the root.</param>
public sealed record SourceRecord(
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("url")] string Url,
    [property: JsonPropertyName("revision")] string Revision,
    [property: JsonPropertyName("tag")] string? Tag = null,
    [property: JsonPropertyName("subdirectory")] string? Subdirectory = null);

/// <summary>Body of <c>POST /mapping/propose</c>.</summary>
/// <param name="Coordinates">What is built from the source, such as <c>maven:org.acme:lib:1.0</c>.</param>
/// <param name="Source">The address of the git repository or archive, or the coordinate of an artifact that is in the log.</param>
/// <param name="Revision">The commit, 40 hexadecimal digits; of an archive its SHA-256, 64; of an artifact that of its main file, or null for what the log says.</param>
/// <param name="Tag">A tag that leads to it; null for none.</param>
/// <param name="Subdirectory">The folder that is built; null for the root.</param>
public sealed record MappingProposeRequest(
    [property: JsonPropertyName("coordinates")] IReadOnlyList<string> Coordinates,
    [property: JsonPropertyName("source")] string Source,
    [property: JsonPropertyName("revision")] string? Revision = null,
    [property: JsonPropertyName("tag")] string? Tag = null,
    [property: JsonPropertyName("subdirectory")] string? Subdirectory = null);

/// <summary>Answer of <c>GET /mapping/suggest</c>: what a description says of the source, for a person to judge. Nothing was asked there.</summary>
/// <param name="Coordinate">What was asked about.</param>
/// <param name="Url">A git repository's address, http or https.</param>
/// <param name="Tag">The tag of the version; null where none is named.</param>
/// <param name="From">The file that says it.</param>
/// <param name="Host">The upstream that the file comes from, which nobody verified; null for a file that is verified in the log.</param>
public sealed record MappingSuggestion(
    [property: JsonPropertyName("coordinate")] string Coordinate,
    [property: JsonPropertyName("url")] string Url,
    [property: JsonPropertyName("tag")] string? Tag,
    [property: JsonPropertyName("from")] string From,
    [property: JsonPropertyName("host")] string? Host = null);

/// <summary>Body of <c>POST /mapping/submit</c>.</summary>
/// <param name="Entry">The leaf of an approval, or of a proposal, that somebody else has signed.</param>
public sealed record MappingSubmitRequest([property: JsonPropertyName("entry")] byte[] Entry);

/// <summary>Answer of <c>POST /mapping/propose</c> and <c>/mapping/submit</c>.</summary>
/// <param name="MappingId">Names the proposal.</param>
/// <param name="Message">What happens next, for a person.</param>
/// <param name="Quorum">Whether enough authorities answer for the entry to be ordered now; without, it waits.</param>
public sealed record MappingSubmitted(
    [property: JsonPropertyName("mapping_id")] string MappingId,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("quorum")] bool Quorum);

/// <summary>What a coordinate is built from.</summary>
/// <param name="Coordinate">The coordinate.</param>
/// <param name="Source">Its source.</param>
/// <param name="MappingId">The proposal that a quorum approved.</param>
/// <param name="Index">Log index of the approval that completed the quorum.</param>
public sealed record MappingRecord(
    [property: JsonPropertyName("coordinate")] string Coordinate,
    [property: JsonPropertyName("source")] SourceRecord Source,
    [property: JsonPropertyName("mapping_id")] string MappingId,
    [property: JsonPropertyName("index")] long Index);

/// <summary>A proposal that waits for approvals.</summary>
/// <param name="MappingId">Names it.</param>
/// <param name="Index">Its log index.</param>
/// <param name="Coordinates">What it is about.</param>
/// <param name="Source">What they are to be built from.</param>
/// <param name="Approvals">The authorities that approved it, by name.</param>
/// <param name="Needed">How many must.</param>
public sealed record ProposalRecord(
    [property: JsonPropertyName("mapping_id")] string MappingId,
    [property: JsonPropertyName("index")] long Index,
    [property: JsonPropertyName("coordinates")] IReadOnlyList<string> Coordinates,
    [property: JsonPropertyName("source")] SourceRecord Source,
    [property: JsonPropertyName("approvals")] IReadOnlyList<string> Approvals,
    [property: JsonPropertyName("needed")] int Needed);

/// <summary>Answer of <c>GET /mapping</c>.</summary>
/// <param name="Mapped">What the coordinate asked for is built from; null when no mapping says so, or none was asked for.</param>
/// <param name="Waiting">Proposals that wait, newest first: those that name the coordinate, or the newest of all.</param>
public sealed record MappingAnswer(
    [property: JsonPropertyName("mapped")] MappingRecord? Mapped,
    [property: JsonPropertyName("waiting")] IReadOnlyList<ProposalRecord> Waiting);
