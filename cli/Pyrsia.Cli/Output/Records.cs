using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Pyrsia.Cli.Builds;
using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Cli.Output;

/// <summary>An error for programs.</summary>
internal sealed record ErrorRecord(string Error, string Code, string Advice, int ExitCode);

/// <summary>A node that answers.</summary>
internal sealed record PingRecord(string Node, double Milliseconds);

/// <summary>A build that was asked for, and how it ended where that was waited for.</summary>
internal sealed record BuildRecord(
    string BuildId, string State, string? Message, bool? Quorum, bool? AlreadyLogged, BuildSuccess? Success, string? Failure, string? Phase = null, string? Coordinate = null, string? MappingId = null);

/// <summary>One step of a verification.</summary>
internal sealed record StepRecord(string Step, string Outcome, string Detail);

/// <summary>A verification.</summary>
internal sealed record VerificationRecord(bool Verified, string? Coordinate, string? Digest, DateTimeOffset? Time, long? AgeSeconds, IReadOnlyList<StepRecord> Steps);

/// <summary>A checkpoint; <paramref name="Verified"/> is null when there was no network file to verify it with.</summary>
internal sealed record CheckpointRecord(string Origin, long Size, string Root, bool? Verified, DateTimeOffset? Time, long? AgeSeconds, string Note);

/// <summary>A log entry with what its payload says.</summary>
internal sealed record EntryRecord(long Index, string Type, string LeafHash, bool Included, long Size, JsonNode Leaf, JsonNode? Payload);

/// <summary>A consistency proof that was checked.</summary>
internal sealed record ConsistencyRecord(long From, long To, string FromRoot, string ToRoot, IReadOnlyList<string> Proof);

/// <summary>An audit of the log.</summary>
internal sealed record AuditRecord(long From, long Size, string Root, IReadOnlyDictionary<string, long> Entries);

/// <summary>A bundle that was written.</summary>
internal sealed record BundleRecord(string File, string Format, string Coordinate, string Digest, int Bytes);

/// <summary>A rebuild of a logged build, file by file.</summary>
internal sealed record RebuildRecord(long Index, string Coordinate, string Builder, bool Reproduced, IReadOnlyList<RebuiltFile> Files);

/// <summary>A source that a version's description suggests, and the proposal where it was made.</summary>
internal sealed record SuggestionRecord(MappingSuggestion Suggestion, string? Commit, MappingSubmitted? Proposed);

/// <summary>Generated JSON code for everything that commands print.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorRecord))]
[JsonSerializable(typeof(PingRecord))]
[JsonSerializable(typeof(BuildRecord))]
[JsonSerializable(typeof(VerificationRecord))]
[JsonSerializable(typeof(CheckpointRecord))]
[JsonSerializable(typeof(EntryRecord))]
[JsonSerializable(typeof(ConsistencyRecord))]
[JsonSerializable(typeof(AuditRecord))]
[JsonSerializable(typeof(BundleRecord))]
[JsonSerializable(typeof(RebuildRecord))]
[JsonSerializable(typeof(IReadOnlyList<BuildListEntry>))]
[JsonSerializable(typeof(BuildDifferences))]
[JsonSerializable(typeof(MappingAnswer))]
[JsonSerializable(typeof(MappingSubmitted))]
[JsonSerializable(typeof(SuggestionRecord))]
[JsonSerializable(typeof(StatusResponse))]
[JsonSerializable(typeof(IReadOnlyList<PeerDetails>))]
[JsonSerializable(typeof(JsonArray))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class CliJsonContext : JsonSerializerContext
{
    /// <summary>Indented, for results.</summary>
    public static CliJsonContext Pretty { get; } = new(Settings(indented: true));

    /// <summary>On one line, for errors.</summary>
    public static CliJsonContext Line { get; } = new(Settings(indented: false));

    private static JsonSerializerOptions Settings(bool indented) => new()
    {
        WriteIndented = indented,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
