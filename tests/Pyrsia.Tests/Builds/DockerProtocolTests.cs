using System.Text;
using System.Text.Json;
using Pyrsia.Builds.Docker;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Contracts;
using Xunit;

namespace Pyrsia.Tests.Builds;

/// <summary>What is said to a Docker engine and what is understood of its answers. The end-to-end tests talk to a real one.</summary>
public sealed class DockerProtocolTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(1000)]
    public void Frames_are_taken_apart_however_they_arrive(int pieceLength)
    {
        byte[] wire = [1, 0, 0, 0, 0, 0, 0, 3, .. "out"u8, 2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 5, .. "error"u8, 1, 0, 0, 0, 0, 0, 0, 1, .. "!"u8];
        var decoder = new StreamFrameDecoder();
        var (output, error) = (new StringBuilder(), new StringBuilder());
        foreach (var chunk in wire.Chunk(pieceLength))
        {
            ReadOnlyMemory<byte> input = chunk;
            while (decoder.TryTake(ref input, out var stream, out var piece)) (stream == ContainerStream.Output ? output : error).Append(Encoding.ASCII.GetString(piece.Span));
            Assert.True(input.IsEmpty);
        }
        Assert.Equal("out!", output.ToString());
        Assert.Equal("error", error.ToString());
        Assert.True(decoder.IsAtBoundary);
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 1 })]
    [InlineData(new byte[] { 3, 0, 0, 0, 0, 0, 0, 1 })]
    [InlineData(new byte[] { 1, 0, 1, 0, 0, 0, 0, 1 })]
    public void A_frame_of_no_stream_is_refused(byte[] header)
    {
        var decoder = new StreamFrameDecoder();
        Assert.Throws<InvalidDataException>(() =>
        {
            ReadOnlyMemory<byte> input = header;
            decoder.TryTake(ref input, out _, out _);
        });
    }

    [Fact]
    public void A_stream_that_ends_inside_a_frame_is_known_as_cut()
    {
        var decoder = new StreamFrameDecoder();
        ReadOnlyMemory<byte> input = new byte[] { 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 7 };
        Assert.True(decoder.TryTake(ref input, out _, out var piece));
        Assert.Equal(1, piece.Length);
        Assert.False(decoder.IsAtBoundary);
    }

    [Theory]
    [InlineData("1.41", 1, 41)]
    [InlineData("1.47", 1, 47)]
    [InlineData("1.99", 1, 47)]
    [InlineData("2.0", 1, 47)]
    public void The_newest_common_version_is_spoken(string engine, int major, int minor) => Assert.Equal(new ApiVersion(major, minor), ApiVersion.Agree(engine));

    [Theory]
    [InlineData("1.40")]
    [InlineData("1")]
    [InlineData("1.x")]
    [InlineData(null)]
    public void An_engine_without_a_common_version_is_refused(string? engine) => Assert.Throws<DockerEngineException>(() => ApiVersion.Agree(engine));

    [Fact]
    public async Task A_failure_behind_a_status_of_200_is_a_failure()
    {
        await ReadAsync("{\"status\":\"sha256:abc\"}\r\n\n{\"status\":\"done\"}");
        Assert.Contains("no space left", (await Assert.ThrowsAsync<DockerEngineException>(() => ReadAsync("{\"status\":\"Importing\"}\n{\"errorDetail\":{\"message\":\"no space left\"},\"error\":\"no space left\"}\n"))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DockerEngineException>(() => ReadAsync("<html>"));
        await Assert.ThrowsAsync<DockerEngineException>(() => ReadAsync(new string(' ', 5000)));
    }

    [Fact]
    public void A_container_has_no_network_no_capability_and_a_root_that_cannot_be_written()
    {
        var run = new SandboxRun
        {
            Image = new BuilderImage(Digest.Of([]), "tar", "root"),
            Command = ["true"],
            OutputPath = "out",
            Mounts = [new SandboxMount("repository", "/srv")],
            Socket = "/run/x.sock",
            Limits = new SandboxLimits { MemoryBytes = 2L << 30, Processes = 100, Cpus = 1.5 },
        };
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(DockerContainer.Of(run, "sha256:abc", "me"), DockerJson.Default.ContainerSpec));
        var (container, host) = (json.RootElement, json.RootElement.GetProperty("HostConfig"));
        Assert.Equal("1000:1000", container.GetProperty("User").GetString());
        Assert.Equal("me", container.GetProperty("Labels").GetProperty("pyrsia.builds.owner").GetString());
        Assert.True(container.GetProperty("StdinOnce").GetBoolean());
        Assert.Equal("none", host.GetProperty("NetworkMode").GetString());
        Assert.True(host.GetProperty("ReadonlyRootfs").GetBoolean());
        Assert.False(host.GetProperty("Privileged").GetBoolean());
        Assert.Equal("[\"ALL\"]", host.GetProperty("CapDrop").GetRawText());
        Assert.Equal("[\"no-new-privileges\"]", host.GetProperty("SecurityOpt").GetRawText());
        Assert.Equal(2L << 30, host.GetProperty("Memory").GetInt64());
        Assert.Equal(2L << 30, host.GetProperty("MemorySwap").GetInt64());
        Assert.Equal(1_500_000_000, host.GetProperty("NanoCpus").GetInt64());
        Assert.Equal(100, host.GetProperty("PidsLimit").GetInt64());
        Assert.Equal("none", host.GetProperty("LogConfig").GetProperty("Type").GetString());
        Assert.Equal(
            "[{\"Source\":\"/srv\",\"Target\":\"/mnt/repository\",\"ReadOnly\":true,\"Type\":\"bind\"},{\"Source\":\"/run/x.sock\",\"Target\":\"/run/fetch.sock\",\"ReadOnly\":false,\"Type\":\"bind\"}]",
            host.GetProperty("Mounts").GetRawText());
    }

    private static Task ReadAsync(string lines) => EngineProgress.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(lines)), 4096, Cancel);
}
