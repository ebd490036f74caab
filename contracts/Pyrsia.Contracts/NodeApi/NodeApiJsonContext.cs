using System.Text.Json.Serialization;

namespace Pyrsia.Contracts.NodeApi;

/// <summary>Generated JSON code for every record of the API.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StatusResponse))]
[JsonSerializable(typeof(IReadOnlyList<PeerDetails>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(BuildDockerRequest))]
[JsonSerializable(typeof(BuildMavenRequest))]
[JsonSerializable(typeof(BuildStarted))]
[JsonSerializable(typeof(BuildStatusRequest))]
[JsonSerializable(typeof(BuildSuccess))]
[JsonSerializable(typeof(IReadOnlyList<BuildListEntry>))]
[JsonSerializable(typeof(BuildLogsRequest))]
[JsonSerializable(typeof(BuildLogPiece))]
[JsonSerializable(typeof(BuildDifferencesRequest))]
[JsonSerializable(typeof(BuildDifferences))]
[JsonSerializable(typeof(MappingProposeRequest))]
[JsonSerializable(typeof(MappingSubmitRequest))]
[JsonSerializable(typeof(MappingSubmitted))]
[JsonSerializable(typeof(MappingSuggestion))]
[JsonSerializable(typeof(MappingAnswer))]
[JsonSerializable(typeof(InspectRequest))]
[JsonSerializable(typeof(InspectDockerRequest))]
[JsonSerializable(typeof(InspectMavenRequest))]
[JsonSerializable(typeof(IReadOnlyList<InspectEntry>))]
[JsonSerializable(typeof(AuthorizeRequest))]
[JsonSerializable(typeof(ApiError))]
[JsonSerializable(typeof(Dictionary<string, BuildSuccess>))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(string))]
public sealed partial class NodeApiJsonContext : JsonSerializerContext;
