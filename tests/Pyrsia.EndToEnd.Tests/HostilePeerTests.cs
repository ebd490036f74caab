using Pyrsia.Content.Store;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Pyrsia.Testing.Content;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>A peer that lies about content, over TCP, against a whole node.</summary>
public sealed class HostilePeerTests
{
    private const int Chunks = 12;
    private const int TrueChunks = 3;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_peer_that_sends_one_wrong_byte_is_banned_at_that_chunk_and_the_pull_succeeds_from_another()
    {
        using var directory = new TemporaryDirectory();
        var layout = TestImages.WriteSmall(directory, size: Chunks * ContentStore.DefaultChunkSize);
        await using var testnet = await Testnet.StartAsync($"oci:{layout}");
        var (honest, victim) = (testnet.Nodes[0], testnet.Nodes[1]);
        var build = await testnet.CliAsync(honest, "build", "docker", "--image", TestImages.Small, "--wait");
        Assert.True(build.ExitCode == 0, build.ToString());
        await Command.MustAsync("skopeo", "copy", "--quiet", "--src-tls-verify=false", $"docker://{honest.Http.Host}:{honest.Http.Port}/{TestImages.Small}", $"dir:{directory["pulled"]}");
        await Wait.UntilAsync(async () => (await victim.Client.GetAsync(new Uri(victim.Http, "v2/library/small/manifests/1"), Cancel)).IsSuccessStatusCode, TimeSpan.FromSeconds(30), "the victim does not follow the log", Cancel);
        var layer = new DirectoryInfo(directory["pulled"]).GetFiles().MaxBy(f => f.Length)!;
        var bytes = await File.ReadAllBytesAsync(layer.FullName, Cancel);

        // The liar alone answers until it is found out.
        foreach (var authority in testnet.Authorities) authority.Signal("KILL");
        honest.Signal("STOP");
        await using var liar = await HostilePeer.StartAsync(directory["liar"], victim, PeerFault.WrongByte, TrueChunks, [bytes], Cancel);
        var pulling = victim.Client.GetByteArrayAsync(new Uri(victim.Http, $"v2/library/small/blobs/sha256:{layer.Name}"), Cancel);
        await liar.Forsaken.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        honest.Signal("CONT");
        Assert.Equal(bytes, await pulling);
        Assert.DoesNotContain(liar.Id.ToString(), (await victim.GetAsync("peers")).ToJsonString(), StringComparison.Ordinal);
        var transfers = (await victim.GetAsync("status"))["transfers"]!["peers"]!;
        Assert.Equal(TrueChunks * ContentStore.DefaultChunkSize, (long)transfers[liar.Id.ToString()]!["bytes_in"]!);
        Assert.True((long)transfers[honest.PeerId]!["bytes_in"]! >= bytes.Length - (TrueChunks * ContentStore.DefaultChunkSize), transfers.ToJsonString());
    }
}
