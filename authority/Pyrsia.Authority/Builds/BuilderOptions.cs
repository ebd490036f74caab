using Pyrsia.Builds.Sandboxes;

namespace Pyrsia.Authority.Builds;

/// <summary>How this authority builds from source.</summary>
/// <param name="Sandbox">What holds builds; null for an authority that notarizes only.</param>
/// <param name="ImagesDirectory">Where builder images are; without any, nothing is built from source.</param>
/// <param name="DockerSocket">The Docker engine's socket.</param>
/// <param name="Askers">Whose requests it takes.</param>
internal sealed record BuilderOptions(SandboxKind? Sandbox, string ImagesDirectory, string DockerSocket, AskerList Askers);
