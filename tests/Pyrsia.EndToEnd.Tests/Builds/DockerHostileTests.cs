using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>The hostile suite on Docker.</summary>
[Collection(nameof(DockerCollection))]
public sealed class DockerHostileTests(DockerFixture fixture) : HostileBuildTests(fixture);
