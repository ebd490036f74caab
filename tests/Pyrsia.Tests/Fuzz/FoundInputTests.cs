using System.Text;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Libp2p;
using Pyrsia.Provenance.Chunks;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Network;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Fuzz;

/// <summary>Inputs that the fuzzer found.</summary>
public sealed class FoundInputTests
{
    [Fact]
    public void A_signature_under_a_curve_that_the_platform_does_not_know_does_not_hold()
    {
        var spki = Convert.FromHexString(
            "3059301306072a8648ce3d02010608c38648ce3d0301070342000453a0222a0d85013adaa4362e458bfd0c641d6b27160300afa5293c236708fa0f820379e6892713ec70d3b7a5b64dd752a409a44356ed3ed576bfa897bf9fc0445c");
        var key = new Libp2pPublicKey(KeyType.Ecdsa, spki);
        Assert.False(key.Verify("message"u8, [0x30, 6, 2, 1, 1, 2, 1, 1]));

        using var network = new TestNetwork();
        spki = network.BuilderKeys[0].PublicKey.Spki.ToArray();
        spki[20] ^= 0x40; // inside the curve's object identifier
        Assert.False(new Libp2pPublicKey(KeyType.Ecdsa, spki).Verify("message"u8, [0x30, 6, 2, 1, 1, 2, 1, 1]));
    }

    [Theory]
    [InlineData("tile/0/00\0")]
    [InlineData("tile/0/000.p/1\0")]
    [InlineData("tile/entries/x00\0/000")]
    public void A_log_path_with_a_NUL_behind_a_number_is_refused(string path) => Assert.False(TilePath.TryParse(path, out _));

    [Theory]
    [InlineData("a/b/1-SNAPSHOT/b-1-20261121.065219-2.taz.gz")]
    [InlineData("a/b/1-SNAPSHOT/b-1-20261121.065219-2..gz")]
    public void A_Maven_file_without_classifier_has_no_extension_that_reads_as_one(string path) => Assert.Equal(MavenPathFault.NotInLayout, MavenPath.TryParse(path, out _));

    [Theory]
    [InlineData("1\0")]
    [InlineData("\0")]
    public void A_decimal_with_a_NUL_behind_it_is_refused(string text) => Assert.False(StrictDecimal.TryParse(text, out _));

    [Theory]
    [InlineData("/ip4/127.0.0.1/tcp/80\0")]
    [InlineData("/memory/7\0")]
    public void A_multiaddr_with_a_NUL_behind_a_number_is_refused(string text) => Assert.False(Multiaddr.TryParse(text, out _));

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue - 1)]
    [InlineData(((long)ChunkLayout.MaxChunks * ChunkLayout.MinChunkSize) + 1)]
    public void Chunk_leaves_of_a_size_that_no_list_holds_are_refused(long size) =>
        Assert.False(ChunkLeaves.TryDecode(ChunkLeaves.Encode(size, ChunkLayout.MinChunkSize, []), out _, out _, out _));

    [Theory]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1,\"\\ud800\":2}")]
    public void A_network_file_with_a_name_or_a_string_that_is_no_text_is_refused(string json) =>
        Assert.False(NetworkFile.TryParse(Encoding.UTF8.GetBytes(json), null, out _, out _));

    [Fact]
    public void A_network_file_with_a_name_that_is_not_UTF_8_is_refused() =>
        Assert.False(NetworkFile.TryParse((byte[])[.. "{\""u8, 0x80, .. "\":1}"u8], null, out _, out _));
}
