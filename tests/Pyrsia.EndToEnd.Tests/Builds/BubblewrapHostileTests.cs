using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>The hostile suite on bubblewrap.</summary>
public sealed class BubblewrapHostileTests(BubblewrapFixture fixture) : HostileBuildTests(fixture), IClassFixture<BubblewrapFixture>;
