using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>The compliance suite on bubblewrap.</summary>
public sealed class BubblewrapComplianceTests(BubblewrapFixture fixture) : SandboxComplianceTests(fixture), IClassFixture<BubblewrapFixture>;
