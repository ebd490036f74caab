using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>The compliance suite on Docker.</summary>
[Collection(nameof(DockerCollection))]
public sealed class DockerComplianceTests(DockerFixture fixture) : SandboxComplianceTests(fixture);
