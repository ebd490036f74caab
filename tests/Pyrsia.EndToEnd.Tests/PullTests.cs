using System.Text.Json.Nodes;
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
        await PublishesOnItAsync(secondName, directory["program"]);
    }

    /// <summary>The container support of the .NET SDK puts a program on an image that comes from a node.</summary>
    private static async Task PublishesOnItAsync(string baseImage, string folder)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "program.csproj"), "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><UseAppHost>false</UseAppHost></PropertyGroup></Project>", Cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), "System.Console.WriteLine(\"hello\");", Cancel);
        var archive = Path.Combine(folder, "image.tar");
        var published = await Command.RunAsync(
            "dotnet", ["publish", folder, "-t:PublishContainer", "--nologo", $"-p:ContainerBaseImage={baseImage}", "-p:ContainerRuntimeIdentifier=linux-x64", "-p:ContainerRepository=program", $"-p:ContainerArchiveOutputPath={archive}"],
            new Dictionary<string, string> { ["DOTNET_CONTAINER_INSECURE_REGISTRIES"] = baseImage.Split('/')[0] });
        Assert.True(published.ExitCode == 0, published.ToString());

        // What was published stands on the layers of the base, byte for byte.
        var layers = JsonNode.Parse((await Command.RunAsync("skopeo", ["inspect", "--tls-verify=false", $"docker://{baseImage}"])).Output)!["Layers"]!.AsArray();
        var listed = await Command.RunAsync("tar", ["-tf", archive]);
        foreach (var layer in layers) Assert.Contains(((string)layer!)["sha256:".Length..], listed.Output, StringComparison.Ordinal);
    }
}
