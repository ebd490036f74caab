using Pyrsia.Authority.Builds;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Contracts;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Authority;

public sealed class SandboxReadinessTests
{
    [Fact]
    public async Task An_authority_with_builder_images_and_no_sandbox_says_so_where_operators_look()
    {
        using var directory = new TemporaryDirectory();
        var images = Directory.CreateDirectory(directory["images"]).FullName;
        var options = new BuilderOptions(SandboxKind.Docker, images, directory["no-engine.sock"], AskerList.Everybody);
        await using var builds = new SandboxedBuilds(options, directory["work"], "a1", isTestNetwork: true, repository: null!, artifacts: null!, store: null!, logs: null!, TimeProvider.System);

        // Without an image it builds nothing, and misses nothing.
        await builds.ProbeAsync(TestContext.Current.CancellationToken);
        Assert.Null(builds.Trouble);

        var image = Digest.Of([1]);
        Directory.CreateDirectory(Path.Combine(images, image.Hex));
        await File.WriteAllBytesAsync(Path.Combine(images, image.Hex + ".tar"), [], TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<SandboxException>(() => builds.ProbeAsync(TestContext.Current.CancellationToken));
        Assert.Contains("no sandbox that works", builds.Trouble, StringComparison.Ordinal);
        Assert.Contains("no-engine.sock", builds.Trouble, StringComparison.Ordinal);
    }
}
