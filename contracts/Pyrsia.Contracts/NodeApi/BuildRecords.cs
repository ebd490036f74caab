using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pyrsia.Contracts.NodeApi;

/// <summary>Body of <c>POST /build/docker</c>: an image that is notarized (<c>image</c>, <c>platforms</c>), or one that is built from source.</summary>
/// <param name="Image">The image, as after <c>docker pull</c>.</param>
/// <param name="Platforms">Of what is notarized, children of an index to take, as <c>os/architecture[/variant]</c>; null for all.</param>
/// <param name="MaxBytes">Most bytes that the image may have in all; null for the network's limit.</param>
/// <param name="Source">The git repository to build from, or the coordinate of a logged artifact, such as <c>maven:org.acme:app:1.0</c>, to put the image together from; null where it is notarized, or where a mapping says it.</param>
/// <param name="Revision">The commit, 40 hexadecimal digits; of an artifact the SHA-256 of its main file, null for what the log says.</param>
/// <param name="Tag">A tag that leads to the commit; null for none.</param>
/// <param name="Subdirectory">The folder that is built; null for the root.</param>
/// <param name="Dockerfile">The Dockerfile, by its path in that folder; null for <c>Dockerfile</c>.</param>
/// <param name="BuilderImage">The digest of the builder image, with which the source is fetched; null for the one that most authorities have.</param>
/// <param name="Assembly">Of an artifact, what goes where and how it is run; null for its main file at <c>/app/</c>, on nothing.</param>
public sealed record BuildDockerRequest(
    [property: JsonPropertyName("image")] string Image,
    [property: JsonPropertyName("platforms")] IReadOnlyList<string>? Platforms = null,
    [property: JsonPropertyName("max_bytes")] long? MaxBytes = null,
    [property: JsonPropertyName("source")] string? Source = null,
    [property: JsonPropertyName("revision")] string? Revision = null,
    [property: JsonPropertyName("tag")] string? Tag = null,
    [property: JsonPropertyName("subdirectory")] string? Subdirectory = null,
    [property: JsonPropertyName("dockerfile")] string? Dockerfile = null,
    [property: JsonPropertyName("builder_image")] string? BuilderImage = null,
    [property: JsonPropertyName("assembly")] AssemblyRequest? Assembly = null);

/// <summary>How an image is put together from files of an artifact.</summary>
/// <param name="Base">The base image; null for none.</param>
/// <param name="Files">What goes where; null for the main file at <c>/app/</c>.</param>
/// <param name="Entrypoint">Program and arguments that are run; null for what the base runs.</param>
/// <param name="Environment">Variables, each <c>NAME=VALUE</c>; null for none beside the base's.</param>
/// <param name="User">Who runs it; null for what the base says.</param>
/// <param name="WorkingDirectory">Where it runs; null for what the base says.</param>
public sealed record AssemblyRequest(
    [property: JsonPropertyName("base")] string? Base = null,
    [property: JsonPropertyName("files")] IReadOnlyList<PlacedFileRequest>? Files = null,
    [property: JsonPropertyName("entrypoint")] IReadOnlyList<string>? Entrypoint = null,
    [property: JsonPropertyName("environment")] IReadOnlyList<string>? Environment = null,
    [property: JsonPropertyName("user")] string? User = null,
    [property: JsonPropertyName("working_directory")] string? WorkingDirectory = null);

/// <summary>A file of an artifact, and where an image has it.</summary>
/// <param name="File">The file, by its name in the artifact, such as <c>app-1.0.jar</c>, or by its whole path in the ecosystem's layout.</param>
/// <param name="Path">Its absolute path in the image.</param>
/// <param name="Executable">Whether anybody may run it.</param>
public sealed record PlacedFileRequest(
    [property: JsonPropertyName("file")] string File,
    [property: JsonPropertyName("path")] string Path,
    [property: JsonPropertyName("executable")] bool Executable = false);

/// <summary>Body of <c>POST /build/maven</c>: a version that is notarized (<c>gav</c>, <c>variants</c>), one that is built from source, or a whole build specification.</summary>
/// <param name="Gav">The version, <c>group:artifact:version</c>; null where a specification says it.</param>
/// <param name="Variants">Of what is notarized, files beside the pom and the main file, as <c>classifier.extension</c>, such as <c>sources.jar</c>; null for none.</param>
/// <param name="MaxBytes">Most bytes that all files may have together; null for the network's limit.</param>
/// <param name="Source">The git repository to build from; null where it is notarized, or where a mapping says it.</param>
/// <param name="Revision">The commit, 40 hexadecimal digits.</param>
/// <param name="Tag">A tag that leads to the commit; null for none.</param>
/// <param name="Subdirectory">The folder that is built; null for the root.</param>
/// <param name="Goals">What Maven is to do; null for <c>deploy</c>.</param>
/// <param name="Options">Maven's options; null for none.</param>
/// <param name="Outputs">The files that count, by path in the repository, also of other modules; null for jar and pom.</param>
/// <param name="BuilderImage">The digest of the builder image; null for the one that most authorities have.</param>
/// <param name="Jdk">The JDK's major version; null for 17.</param>
/// <param name="ToolVersion">Maven's version; null for the one of the default builder image.</param>
/// <param name="Specification">A whole build specification in place of everything but the limit.</param>
public sealed record BuildMavenRequest(
    [property: JsonPropertyName("gav")] string? Gav = null,
    [property: JsonPropertyName("variants")] IReadOnlyList<string>? Variants = null,
    [property: JsonPropertyName("max_bytes")] long? MaxBytes = null,
    [property: JsonPropertyName("source")] string? Source = null,
    [property: JsonPropertyName("revision")] string? Revision = null,
    [property: JsonPropertyName("tag")] string? Tag = null,
    [property: JsonPropertyName("subdirectory")] string? Subdirectory = null,
    [property: JsonPropertyName("goals")] IReadOnlyList<string>? Goals = null,
    [property: JsonPropertyName("options")] IReadOnlyList<string>? Options = null,
    [property: JsonPropertyName("outputs")] IReadOnlyList<string>? Outputs = null,
    [property: JsonPropertyName("builder_image")] string? BuilderImage = null,
    [property: JsonPropertyName("jdk")] int? Jdk = null,
    [property: JsonPropertyName("tool_version")] string? ToolVersion = null,
    [property: JsonPropertyName("specification")] JsonElement? Specification = null);

/// <summary>Answer of <c>POST /build/docker</c> and <c>/build/maven</c>.</summary>
/// <param name="BuildId">Names the build in <c>/build/status</c>.</param>
/// <param name="Message">What happens next, for a person.</param>
/// <param name="Quorum">Whether enough authorities answer for the request to be ordered now; without, it waits.</param>
/// <param name="AlreadyLogged">Whether the log has a verified entry for exactly this already.</param>
/// <param name="Coordinate">What the result answers to; null where that is what was asked for.</param>
/// <param name="MappingId">The proposal that must be approved before the name answers with the result; null where none has to be.</param>
public sealed record BuildStarted(
    [property: JsonPropertyName("build_id")] string BuildId,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("quorum")] bool Quorum,
    [property: JsonPropertyName("already_logged")] bool AlreadyLogged,
    [property: JsonPropertyName("coordinate")] string? Coordinate = null,
    [property: JsonPropertyName("mapping_id")] string? MappingId = null);

/// <summary>Body of <c>POST /build/status</c>.</summary>
/// <param name="BuildId">From <see cref="BuildStarted"/>.</param>
public sealed record BuildStatusRequest([property: JsonPropertyName("build_id")] string BuildId);

/// <summary>Body of <c>POST /build/cancel</c>; the answer is a <see cref="BuildStarted"/>.</summary>
/// <param name="BuildId">From <see cref="BuildStarted"/>.</param>
public sealed record BuildCancelRequest([property: JsonPropertyName("build_id")] string? BuildId);

/// <summary>One request in the answer of <c>GET /build/list</c>.</summary>
/// <param name="BuildId">Names it in <c>/build/status</c>.</param>
/// <param name="Coordinate">What it is about.</param>
/// <param name="State">As far as the log shows: <c>planning</c>, <c>committing</c> or <c>revealing</c>, or the verdict, with its reason where it has one.</param>
/// <param name="Index">Log index of the request.</param>
/// <param name="Verdict">Log index of the verdict; null while there is none.</param>
public sealed record BuildListEntry(
    [property: JsonPropertyName("build_id")] string BuildId,
    [property: JsonPropertyName("coordinate")] string Coordinate,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("index")] long Index,
    [property: JsonPropertyName("verdict")] long? Verdict = null);

/// <summary>Body of <c>POST /build/logs</c>.</summary>
/// <param name="BuildId">From <see cref="BuildStarted"/>.</param>
/// <param name="Authority">Whose log, by the authority's name; null for any that has one.</param>
/// <param name="Offset">How many bytes are known already.</param>
public sealed record BuildLogsRequest(
    [property: JsonPropertyName("build_id")] string BuildId,
    [property: JsonPropertyName("authority")] string? Authority = null,
    [property: JsonPropertyName("offset")] long Offset = 0);

/// <summary>How a build ended well: the value of <c>Success</c> in the answer of <c>POST /build/status</c>.</summary>
/// <param name="Coordinate">What was asked for, in its full form.</param>
/// <param name="Digest">Digest of the image's manifest or index, or of the version's main file.</param>
/// <param name="EntryIndex">Log index of the <c>verified</c> entry.</param>
/// <param name="Builders">Names of the builders that agree.</param>
public sealed record BuildSuccess(
    [property: JsonPropertyName("coordinate")] string Coordinate,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("entry_index")] long EntryIndex,
    [property: JsonPropertyName("builders")] IReadOnlyList<string> Builders);

/// <summary>Body of <c>POST /inspect</c>.</summary>
/// <param name="Coordinate">A coordinate in its full form, such as <c>generic:words:1.0</c>, or <c>src/DIGEST</c>.</param>
/// <param name="Latest">Only the newest entry.</param>
public sealed record InspectRequest(
    [property: JsonPropertyName("coordinate")] string Coordinate,
    [property: JsonPropertyName("latest")] bool Latest = false);

/// <summary>Body of <c>POST /inspect/docker</c>.</summary>
/// <param name="Image">The image, with or without tag or digest.</param>
/// <param name="OutputParams">How to answer; null for JSON with all fields.</param>
/// <param name="Latest">Only the newest entry.</param>
public sealed record InspectDockerRequest(
    [property: JsonPropertyName("image")] string Image,
    [property: JsonPropertyName("output_params")] InspectOutput? OutputParams = null,
    [property: JsonPropertyName("latest")] bool Latest = false);

/// <summary>Body of <c>POST /inspect/maven</c>.</summary>
/// <param name="Gav">The version, <c>group:artifact:version</c>.</param>
/// <param name="OutputParams">How to answer; null for JSON with all fields.</param>
/// <param name="Latest">Only the newest entry.</param>
public sealed record InspectMavenRequest(
    [property: JsonPropertyName("gav")] string Gav,
    [property: JsonPropertyName("output_params")] InspectOutput? OutputParams = null,
    [property: JsonPropertyName("latest")] bool Latest = false);

/// <summary>How the entries are to be answered.</summary>
/// <param name="Format"><c>json</c> or <c>csv</c>.</param>
/// <param name="ContentTypeFields">The fields to give, by name; null for all.</param>
public sealed record InspectOutput(
    [property: JsonPropertyName("format")] string? Format = null,
    [property: JsonPropertyName("fields")] IReadOnlyList<string>? ContentTypeFields = null);

/// <summary>One entry of the log about a package, in the answer of <c>POST /inspect/docker</c> and <c>/inspect/maven</c>.</summary>
/// <param name="Index">Log index.</param>
/// <param name="Type">What the entry is: <c>build-request</c>, <c>build-result</c>, <c>verified</c> and so on.</param>
/// <param name="PackageType"><c>Docker</c> or <c>Maven2</c>.</param>
/// <param name="PackageSpecificId">The image, or the version.</param>
/// <param name="RequestId">The build that it belongs to.</param>
/// <param name="Digest">Digest of the image's manifest or index, or of the version's main file, where the entry names one.</param>
/// <param name="Builder">Who signed it, where one builder did.</param>
/// <param name="Verdict">The verdict with its reason, on derived entries.</param>
/// <param name="Timestamp">Log time as Unix seconds.</param>
/// <param name="Entries">Log indices that a verdict rests on.</param>
public sealed record InspectEntry(
    [property: JsonPropertyName("index")] long Index,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("package_type")] string PackageType,
    [property: JsonPropertyName("package_specific_id")] string PackageSpecificId,
    [property: JsonPropertyName("request_id")] string RequestId,
    [property: JsonPropertyName("digest")] string? Digest,
    [property: JsonPropertyName("builder")] string? Builder,
    [property: JsonPropertyName("verdict")] string? Verdict,
    [property: JsonPropertyName("timestamp")] long? Timestamp,
    [property: JsonPropertyName("entries")] IReadOnlyList<long> Entries);

/// <summary>Body of <c>POST /authorized_node</c>.</summary>
/// <param name="PeerId">The peer to authorize.</param>
public sealed record AuthorizeRequest([property: JsonPropertyName("peer_id")] string PeerId);

/// <summary>What every refused request of the API is answered with.</summary>
/// <param name="Error">What went wrong, for a person.</param>
/// <param name="Code">A stable word for programs.</param>
/// <param name="Advice">What to do about it.</param>
public sealed record ApiError(
    [property: JsonPropertyName("error")] string Error,
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("advice")] string? Advice = null);
