using System.CommandLine;
using Pyrsia.Builds.Docker;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Node.Hosting;

namespace Pyrsia.Authority.Builds;

/// <summary>The options of the builder, as a command line, the environment or the configuration file gives them.</summary>
internal sealed class BuilderCommandLine(OptionSource source)
{
    private readonly Option<string> _kind = new("--builder")
    {
        HelpName = "auto|bubblewrap|docker|queue|none",
        Description = "What holds builds from source; auto takes bubblewrap where it is installed. With queue, workers build (--worker-only) that take their jobs from PostgreSQL.",
        DefaultValueFactory = _ => source.Value("builder") ?? "auto",
    };

    private readonly Option<string> _imageBuilder = new("--image-builder")
    {
        HelpName = "auto|buildah|docker|buildkit",
        Description = "What builds Dockerfiles: buildah, or the Docker engine's classic builder or BuildKit, which does not hold a build to a share of memory and processors. Auto takes the classic builder where --builder is docker, else buildah.",
        DefaultValueFactory = _ => source.Value("image-builder") ?? "auto",
    };

    private readonly Option<string?> _images = new("--builder-images")
    {
        HelpName = "DIR",
        Description = "Where 'builder make' has put builder images. Default: builder-images in the data directory.",
        DefaultValueFactory = _ => source.Value("builder-images"),
    };

    private readonly Option<string> _socket = new("--docker-socket")
    {
        HelpName = "PATH",
        Description = "The Docker engine's socket.",
        DefaultValueFactory = _ => source.Value("docker-socket") ?? DockerSandbox.DefaultSocket,
    };

    private readonly Option<string?> _askers = new("--askers")
    {
        HelpName = "FILE",
        Description = "Take requests only of the askers whose keys are in this file, one a line; 'first' behind a key lets its requests go before others.",
        DefaultValueFactory = _ => source.Value("askers"),
    };

    /// <summary>Adds the options to a command.</summary>
    internal void AddTo(Command command)
    {
        foreach (var option in new Option[] { _kind, _imageBuilder, _images, _socket, _askers }) command.Options.Add(option);
    }

    private static ImageBuilderKind ImageBuilder(string word) => word switch
    {
        "auto" => ImageBuilderKind.Auto,
        "buildah" => ImageBuilderKind.Buildah,
        "docker" => ImageBuilderKind.Docker,
        "buildkit" => ImageBuilderKind.BuildKit,
        _ => throw new StartupException($"There is no image builder '{word}'.", "Give auto, buildah, docker or buildkit with --image-builder.", isUsage: true),
    };

    /// <summary>Takes the values of a parsed command line.</summary>
    /// <exception cref="StartupException">A value is none of those that there are.</exception>
    internal BuilderOptions Read(ParseResult result, string dataDirectory)
    {
        var word = result.GetValue(_kind)!;
        SandboxKind? kind = word switch
        {
            "auto" => SandboxKind.Auto,
            "bubblewrap" => SandboxKind.Bubblewrap,
            "docker" => SandboxKind.Docker,
            "none" or "queue" => null,
            _ => throw new StartupException($"There is no builder '{word}'.", "Give auto, bubblewrap, docker, queue or none with --builder.", isUsage: true),
        };
        return new BuilderOptions(
            kind, Path.GetFullPath(result.GetValue(_images) ?? Path.Combine(dataDirectory, "builder-images")), result.GetValue(_socket)!,
            result.GetValue(_askers) is { } askers ? AskerList.Read(askers) : AskerList.Everybody, word == "queue", ImageBuilder(result.GetValue(_imageBuilder)!));
    }
}
