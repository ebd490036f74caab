using Pyrsia.Builds.Sandboxes;
using Pyrsia.Node.Hosting;

namespace Pyrsia.Authority.Builds;

/// <summary>How this authority builds from source.</summary>
/// <param name="Sandbox">What holds builds; null for an authority that notarizes only.</param>
/// <param name="ImagesDirectory">Where builder images are; without any, nothing is built from source.</param>
/// <param name="DockerSocket">The Docker engine's socket.</param>
/// <param name="Askers">Whose requests it takes.</param>
/// <param name="Queue">Whether workers build, and not this process.</param>
/// <param name="ImageBuilder">What builds Dockerfiles.</param>
internal sealed record BuilderOptions(SandboxKind? Sandbox, string ImagesDirectory, string DockerSocket, AskerList Askers, bool Queue = false, ImageBuilderKind ImageBuilder = ImageBuilderKind.Auto)
{
    /// <summary>What is wrong when workers are to build and there is nothing that they could take jobs from.</summary>
    internal static StartupException QueueWithoutDatabase() => new("The queue of builds is in PostgreSQL.", "Give --storage postgres, or another --builder.", isUsage: true);
}
