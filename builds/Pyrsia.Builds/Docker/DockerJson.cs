using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pyrsia.Builds.Docker;

/// <summary>What a container is made of. Members are named as in the engine's interface.</summary>
internal sealed record ContainerSpec
{
    public required string Image { get; init; }

    public required IReadOnlyList<string> Cmd { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required HostConfig HostConfig { get; init; }

    public required string Hostname { get; init; }

    public required string User { get; init; }

    public required string WorkingDir { get; init; }

    public IReadOnlyList<string> Env { get; init; } = [];

    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    public bool OpenStdin { get; init; } = true;

    public bool StdinOnce { get; init; } = true;

    public bool AttachStdin { get; init; } = true;

    public bool AttachStdout { get; init; } = true;

    public bool AttachStderr { get; init; } = true;

    public bool Tty { get; init; }

    public bool NetworkDisabled { get; init; }
}

internal sealed record HostConfig
{
    public string NetworkMode { get; init; } = "none";

    public bool ReadonlyRootfs { get; init; } = true;

    public IReadOnlyList<string> CapDrop { get; init; } = ["ALL"];

    public IReadOnlyList<string> SecurityOpt { get; init; } = ["no-new-privileges"];

    public string IpcMode { get; init; } = "private";

    public bool Privileged { get; init; }

    public IReadOnlyDictionary<string, string> LogConfig { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal) { ["Type"] = "none" };

    public required long PidsLimit { get; init; }

    public required long Memory { get; init; }

    public required long MemorySwap { get; init; }

    public required long NanoCpus { get; init; }

    public required long ShmSize { get; init; }

    public required IReadOnlyList<Ulimit> Ulimits { get; init; }

    public required IReadOnlyDictionary<string, string> Tmpfs { get; init; }

    public required IReadOnlyList<ContainerMount> Mounts { get; init; }

    public required IReadOnlyList<string> ExtraHosts { get; init; }
}

internal sealed record Ulimit(string Name, long Soft, long Hard);

internal sealed record ContainerMount(string Source, string Target, bool ReadOnly)
{
    public string Type { get; init; } = "bind";
}

internal sealed record ContainerExit(int StatusCode);

internal sealed record ContainerDetails(ContainerState State);

internal sealed record ContainerState(bool Running, bool OOMKilled, int ExitCode);

internal sealed record ListedContainer(string Id, IReadOnlyDictionary<string, string>? Labels);

internal sealed record ImageDetails(string Id, ImageRootFileSystem RootFS);

internal sealed record EngineInfo(string DockerRootDir);

internal sealed record ImageRootFileSystem(IReadOnlyList<string>? Layers);

/// <summary>A line of the engine's progress, which is also how it reports that a call failed after it said 200. What it made stands in <paramref name="Aux"/>, words of a build in <paramref name="Stream"/>.</summary>
internal sealed record ProgressLine(
    [property: JsonPropertyName("error")] string? Error, [property: JsonPropertyName("status")] string? Status, [property: JsonPropertyName("stream")] string? Stream = null, [property: JsonPropertyName("aux")] JsonElement? Aux = null,
    [property: JsonPropertyName("id")] string? Id = null);

internal sealed record EngineError([property: JsonPropertyName("message")] string? Message);

internal sealed record ContainerFilter([property: JsonPropertyName("label")] IReadOnlyList<string> Label);

[JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, MaxDepth = 32)]
[JsonSerializable(typeof(ContainerSpec))]
[JsonSerializable(typeof(ContainerExit))]
[JsonSerializable(typeof(ContainerDetails))]
[JsonSerializable(typeof(IReadOnlyList<ListedContainer>))]
[JsonSerializable(typeof(ImageDetails))]
[JsonSerializable(typeof(EngineInfo))]
[JsonSerializable(typeof(Ulimit[]))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(EngineError))]
[JsonSerializable(typeof(ContainerFilter))]
internal sealed partial class DockerJson : JsonSerializerContext;

[JsonSourceGenerationOptions(MaxDepth = 32)]
[JsonSerializable(typeof(ProgressLine))]
internal sealed partial class ProgressJson : JsonSerializerContext;
