namespace Pyrsia.Builds.Dockerfiles;

/// <summary>What one build of a Dockerfile gets.</summary>
public sealed record ImageBuild
{
    /// <summary>The folder that COPY and ADD take from.</summary>
    public required string Context { get; init; }

    /// <summary>The Dockerfile, by its path in the context.</summary>
    public required string Dockerfile { get; init; }

    /// <summary>Base images as archives that <c>docker load</c> takes, by the name that the Dockerfile has for them.</summary>
    public required IReadOnlyDictionary<string, string> Bases { get; init; }

    /// <summary>Values of variables that an ARG may declare.</summary>
    public required IReadOnlyDictionary<string, string> Arguments { get; init; }

    /// <summary>The time of all that is in the context.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>File that takes what was built, as <c>docker save</c> writes it; made new.</summary>
    public required string OutputPath { get; init; }

    /// <summary>An empty private folder to work in.</summary>
    public required string Folder { get; init; }

    /// <summary>Most bytes of <see cref="OutputPath"/>: the bases and what is built over them. What is built has the limit that <see cref="Limits"/> states for outputs.</summary>
    public required long ArchiveBytes { get; init; }

    /// <summary>What it may use.</summary>
    public required Sandboxes.SandboxLimits Limits { get; init; }

    /// <summary>Takes what the build says.</summary>
    public required BuildLog Log { get; init; }
}

/// <summary>A program that builds Dockerfiles: without a network, from the bases that it is given, within limits. What it makes counts by its files alone, so that any two give the same image.</summary>
public interface IImageBuilder
{
    /// <summary>Its name in provenance, such as <c>buildah</c>.</summary>
    string Name { get; }

    /// <summary>Builds.</summary>
    /// <exception cref="BuildFailureException">The Dockerfile does not build, or not within the limits.</exception>
    /// <exception cref="Sandboxes.SandboxException">This machine cannot build it.</exception>
    Task BuildAsync(ImageBuild build, CancellationToken cancellationToken);
}
