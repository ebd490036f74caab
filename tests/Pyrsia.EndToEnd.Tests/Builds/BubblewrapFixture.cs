using Pyrsia.Builds.Bubblewrap;
using Pyrsia.Builds.Sandboxes;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>Bubblewrap under test.</summary>
public sealed class BubblewrapFixture : SandboxFixture
{
    /// <inheritdoc/>
    public override async Task<ISandbox> SandboxAsync(CancellationToken cancellationToken) => await BubblewrapSandbox.OpenAsync(Files["state"], TimeProvider.System, cancellationToken);
}
