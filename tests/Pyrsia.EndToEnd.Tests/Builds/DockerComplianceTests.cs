using Pyrsia.Builds.Docker;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.EndToEnd.Tests.Harness;
using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>The compliance suite on Docker, and what only Docker has.</summary>
[Collection(nameof(DockerCollection))]
public sealed class DockerComplianceTests(DockerFixture fixture) : SandboxComplianceTests(fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Containers_that_were_left_are_removed_at_the_next_start_and_others_are_not()
    {
        var image = await BuilderImages.GetAsync(Cancel);
        var ran = await fixture.RunAsync(fixture.Script(image, "true"), Cancel);
        Assert.True(ran.Result.Succeeded, ran.ToString());
        foreach (var owner in (string[])["one", "two"])
        {
            var started = await fixture.Engine.DockerAsync("run", "--detach", "--network=none", "--name", $"left-{owner}", "--label", $"pyrsia.builds.owner={owner}", $"pyrsia-builder:{image.Digest.Hex}", "sleep", "1000");
            Assert.True(started.ExitCode == 0, started.ToString());
        }
        await using (await DockerSandbox.OpenAsync(fixture.Engine.SocketPath, "one", TimeProvider.System, Cancel))
            Assert.Equal("left-two\n", (await fixture.Engine.DockerAsync("ps", "--all", "--filter", "name=left-", "--format", "{{.Names}}")).Output);
        await fixture.Engine.DockerAsync("rm", "--force", "left-two");
    }

    [Fact]
    public async Task A_run_leaves_no_container()
    {
        await fixture.RunAsync(fixture.Script(await BuilderImages.GetAsync(Cancel), "exit 1"), Cancel);
        Assert.Equal("", (await fixture.Engine.DockerAsync("ps", "--all", "--quiet")).Output);
    }

    [Fact]
    public async Task An_image_with_other_files_under_the_name_of_a_builder_is_not_used()
    {
        var image = await BuilderImages.GetAsync(Cancel);
        await File.WriteAllBytesAsync(fixture.Files["other.tar"], new byte[10240], Cancel);
        var other = image with { Digest = Contracts.Digest.Of("something else"u8), Archive = fixture.Files["other.tar"] };
        var mistaken = await Assert.ThrowsAsync<SandboxException>(() => fixture.RunAsync(fixture.Script(other, "true"), Cancel));
        Assert.Contains("invalid diffID", mistaken.Message, StringComparison.Ordinal);

        var imported = await fixture.Engine.DockerAsync("import", other.Archive, $"pyrsia-builder:{other.Digest.Hex}");
        Assert.True(imported.ExitCode == 0, imported.ToString());
        var refused = await Assert.ThrowsAsync<SandboxException>(() => fixture.RunAsync(fixture.Script(other, "true"), Cancel));
        Assert.Contains("other files", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_that_load_one_builder_image_at_once_leave_one_image()
    {
        await File.WriteAllBytesAsync(fixture.Files["small.tar"], new byte[20480], Cancel);
        var small = new BuilderImage(Contracts.Digest.Of(new byte[20480]), fixture.Files["small.tar"], fixture.Files["small"]);
        var before = await CountAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async owner =>
        {
            await using var sandbox = await DockerSandbox.OpenAsync(fixture.Engine.SocketPath, $"loader-{owner}", TimeProvider.System, Cancel);
            await sandbox.PrepareAsync(small, Cancel);
        }));
        Assert.Equal(before + 1, await CountAsync());

        async Task<int> CountAsync() => (await fixture.Engine.DockerAsync("images", "--all", "--quiet")).Output.Count(c => c == '\n');
    }

    [Theory]
    [InlineData(SandboxKind.Auto, "bubblewrap")]
    [InlineData(SandboxKind.Bubblewrap, "bubblewrap")]
    [InlineData(SandboxKind.Docker, "docker")]
    public async Task The_sandbox_that_was_asked_for_is_opened(SandboxKind kind, string name)
    {
        await using var sandbox = await SandboxSelector.OpenAsync(kind, fixture.Files["state"], fixture.Engine.SocketPath, "selector", TimeProvider.System, Cancel);
        Assert.Equal(name, sandbox.Name);
    }

    [Fact]
    public async Task Where_no_engine_answers_it_is_said() =>
        Assert.Contains("No Docker engine", (await Assert.ThrowsAsync<SandboxException>(() => DockerSandbox.OpenAsync(fixture.Files["nobody.sock"], "me", TimeProvider.System, Cancel))).Message, StringComparison.Ordinal);
}
