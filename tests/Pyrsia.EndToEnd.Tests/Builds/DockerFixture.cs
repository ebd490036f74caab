using Pyrsia.Builds.Docker;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.EndToEnd.Tests.Harness;
using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>A Docker engine of its own under test; both suites share it, since each would import the image again.</summary>
public sealed class DockerFixture : SandboxFixture, IAsyncLifetime
{
    private Dockerd? _engine;

    /// <summary>The engine.</summary>
    public Dockerd Engine => _engine ?? throw new InvalidOperationException("The fixture is not initialised.");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _engine = await Dockerd.StartAsync(TestContext.Current.CancellationToken);

    /// <inheritdoc/>
    public override async Task<ISandbox> SandboxAsync(CancellationToken cancellationToken) => await DockerSandbox.OpenAsync(Engine.SocketPath, $"test-{Guid.NewGuid():N}", TimeProvider.System, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        if (_engine is not null) await _engine.DisposeAsync();
        Dispose();
    }
}
