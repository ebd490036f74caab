using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>The whole way, with real parts: docker-registry, four authorities, two nodes, dockerd, containerd, skopeo, podman.</summary>
public sealed class PullTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_image_that_four_authorities_agreed_on_is_pulled_by_docker_through_two_nodes()
    {
        using var directory = new TemporaryDirectory();
        await using var registry = await DockerRegistry.StartAsync(Cancel);
        await registry.PushAsync(await TestImages.WriteDebianAsync(directory, Cancel), TestImages.Debian);
        await using var testnet = await Testnet.StartAsync($"http://{registry.Address}");
        var (first, second) = (testnet.Nodes[0], testnet.Nodes[1]);
        await using var docker = await Dockerd.StartAsync(Cancel);

        var build = await testnet.CliAsync(first, "build", "docker", "--image", TestImages.Debian, "--wait");
        Assert.True(build.ExitCode == 0, build.ToString());
        Assert.Matches("Build with ID '[0-9a-f]+' has been started", build.Output);
        await registry.StopAsync();

        var name = $"{first.Http.Host}:{first.Http.Port}/{TestImages.Debian}";
        var pulled = await docker.DockerAsync("pull", name);
        Assert.True(pulled.ExitCode == 0, pulled.ToString());
        var ran = await docker.DockerAsync("run", "--rm", "--network=none", name);
        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains(TestImages.Greeting, ran.Output, StringComparison.Ordinal);

        foreach (var authority in testnet.Authorities) authority.Signal("KILL");
        await docker.DockerAsync("image", "rm", "--force", name);
        var secondName = $"{second.Http.Host}:{second.Http.Port}/{TestImages.Debian}";
        var again = await docker.DockerAsync("pull", secondName);
        Assert.True(again.ExitCode == 0, again.ToString());

        var transfers = (await second.GetAsync("status"))["transfers"]!;
        var fromFirst = (long)transfers["peers"]![first.PeerId]!["bytes_in"]!;
        Assert.True(fromFirst > 100_000_000, transfers.ToJsonString());
        Assert.Equal(fromFirst, (long)transfers["bytes_in"]!);

        var inspected = await Command.RunAsync("skopeo", ["inspect", "--tls-verify=false", $"docker://{secondName}"]);
        Assert.True(inspected.ExitCode == 0, inspected.ToString());
        Assert.Contains("amd64", inspected.Output, StringComparison.Ordinal);
        var podman = await Command.RunAsync(
            "podman", ["--root", directory["podman"], "--runroot", directory["podman-run"], "--storage-driver", "vfs", "--cgroup-manager=cgroupfs", "pull", "--tls-verify=false", secondName]);
        Assert.True(podman.ExitCode == 0, podman.ToString());
        await using var containerd = await Containerd.StartAsync(Cancel);
        var fetched = await containerd.CtrAsync("images", "pull", "--plain-http", secondName);
        Assert.True(fetched.ExitCode == 0, fetched.ToString());
        Assert.Contains(secondName, (await containerd.CtrAsync("images", "list", "--quiet")).Output, StringComparison.Ordinal);
    }
}
