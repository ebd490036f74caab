using System.Buffers;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Vectors of the multiformats and libp2p specifications.</summary>
public sealed class FormatTests
{
    // https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md#test-vectors
    private const string Ed25519Private =
        "08011240" + "7e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";

    private const string Ed25519Public = "08011220" + "1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";

    [Theory]
    [InlineData(1ul, "01")]
    [InlineData(127ul, "7f")]
    [InlineData(128ul, "8001")]
    [InlineData(255ul, "ff01")]
    [InlineData(300ul, "ac02")]
    [InlineData(16384ul, "808001")]
    public void A_varint_is_written_as_the_specification_says(ulong value, string hex)
    {
        var bytes = new byte[Uvarint.Length(value)];
        Assert.Equal(bytes.Length, Uvarint.Write(bytes, value));
        Assert.Equal(hex, Convert.ToHexStringLower(bytes));
        Assert.True(Uvarint.TryRead(bytes, out var read, out var consumed));
        Assert.Equal((value, bytes.Length), (read, consumed));
    }

    [Theory]
    [InlineData("8100", OperationStatus.InvalidData)]
    [InlineData("80808080808080808001", OperationStatus.InvalidData)]
    [InlineData("80", OperationStatus.NeedMoreData)]
    public void A_varint_that_is_not_minimal_too_long_or_cut_off_is_refused(string hex, OperationStatus expected)
    {
        Assert.Equal(expected, Uvarint.Read(Convert.FromHexString(hex), out _, out _));
    }

    [Theory]
    [InlineData("48656c6c6f20576f726c6421", "2NEpo7TZRRrLZSi2U")]
    [InlineData("0000287fb4cd", "11233QC4")]
    [InlineData("", "")]
    public void Base58_follows_its_vectors(string hex, string text)
    {
        Assert.Equal(text, Base58.Encode(Convert.FromHexString(hex)));
        Assert.True(Base58.TryDecode(text, out var bytes));
        Assert.Equal(hex, Convert.ToHexStringLower(bytes));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("66", "my")]
    [InlineData("666f6f626172", "mzxw6ytboi")]
    public void Base32_follows_its_vectors(string hex, string text)
    {
        Assert.Equal(text, Base32.Encode(Convert.FromHexString(hex)));
        Assert.True(Base32.TryDecode(text, out var bytes));
        Assert.Equal(hex, Convert.ToHexStringLower(bytes));
    }

    [Fact]
    public void A_key_pair_follows_the_vector_of_the_peer_id_specification()
    {
        Assert.True(KeyPair.TryDecodePrivate(Convert.FromHexString(Ed25519Private), out var pair));
        Assert.Equal(Ed25519Public, Convert.ToHexStringLower(pair.PublicKey.Encode()));
        Assert.Equal(Ed25519Private, Convert.ToHexStringLower(pair.EncodePrivate()));
        var legacy = "08011260" + Ed25519Private[8..] + Ed25519Public[8..];
        Assert.True(KeyPair.TryDecodePrivate(Convert.FromHexString(legacy), out var old));
        Assert.Equal(pair.PeerId, old.PeerId);
        var broken = Convert.FromHexString(Ed25519Private);
        broken[^1] ^= 1;
        Assert.False(KeyPair.TryDecodePrivate(broken, out _));
    }

    [Theory]
    [InlineData("12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA")]
    [InlineData("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N")]
    public void A_peer_id_is_parsed_in_both_text_forms(string text)
    {
        var id = PeerId.Parse(text);
        Assert.Equal(text, id.ToString());
        Assert.Equal(id, PeerId.Parse(id.ToCidString()));
        Assert.StartsWith("b", id.ToCidString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_cid_form_of_a_peer_id_is_the_one_of_the_specification()
    {
        Assert.Equal(
            PeerId.Parse("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N"),
            PeerId.Parse("bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("12D3KooW")]
    [InlineData("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx50")]
    [InlineData("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy")]
    public void Text_that_names_no_peer_is_refused(string text) => Assert.False(PeerId.TryParse(text, out _));

    [Fact]
    public void Both_cid_versions_follow_their_vectors()
    {
        Assert.True(Cid.TryParse("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n", out var v0));
        Assert.Equal((0, Cid.DagPb), (v0.Version, v0.Codec));
        Assert.Equal("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n", v0.ToString());
        Assert.Equal("bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", Cid.V1(Cid.DagPb, v0.Hash).ToString());
        Assert.True(Cid.TryParse("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", out var raw));
        Assert.Equal(Cid.Raw, raw.Codec);
        Assert.True(Cid.TryDecode(raw.ToBytes(), out var again));
        Assert.Equal(raw, again);
    }

    [Theory]
    [InlineData("/ip4/127.0.0.1/udp/1234", "047f000001910204d2")]
    [InlineData("/ip4/127.0.0.1/tcp/4321", "047f0000010610e1")]
    [InlineData("/ip4/127.0.0.1/tcp/4321/ws", "047f0000010610e1dd03")]
    [InlineData("/ip6/2001:8a0:7ac5:4201:3ac9:86ff:fe31:7095/tcp/8000", "29200108a07ac542013ac986fffe317095061f40")]
    [InlineData("/dns4/example.com/tcp/443/wss", "360b6578616d706c652e636f6d0601bbde03")]
    [InlineData("/dnsaddr/bootstrap.libp2p.io", "3813626f6f7473747261702e6c69627032702e696f")]
    [InlineData("/ip4/1.2.3.4/udp/4001/quic-v1", "040102030491020fa1cd03")]
    [InlineData("/ip4/127.0.0.1/tcp/1/p2p/QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC/p2p-circuit",
        "047f000001060001a503221220d52ebb89d85b02a284948203a62ff28389c57c9f42beec4ec20db76a68911c0ba202")]
    public void A_multiaddr_is_encoded_as_the_specification_says(string text, string hex)
    {
        var address = Multiaddr.Parse(text);
        Assert.Equal(hex, Convert.ToHexStringLower(address.Bytes.Span));
        Assert.Equal(text, address.ToString());
        Assert.True(Multiaddr.TryDecode(address.Bytes.Span, out var decoded));
        Assert.Equal(address, decoded);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("ip4/1.2.3.4")]
    [InlineData("/ip4/1.2.3")]
    [InlineData("/ip4/1.2.3.4.5")]
    [InlineData("/ip4/::1")]
    [InlineData("/ip4/1.2.3.4/tcp")]
    [InlineData("/ip4/1.2.3.4/tcp/65536")]
    [InlineData("/ip4/1.2.3.4/tcp/-1")]
    [InlineData("/nope/1")]
    [InlineData("/ip4/1.2.3.4/tcp/1/p2p/xyz")]
    public void Text_that_is_no_multiaddr_is_refused(string text)
    {
        Assert.False(Multiaddr.TryParse(text, out _));
        Assert.Throws<Libp2pFormatException>(() => Multiaddr.Parse(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("047f0000")]
    [InlineData("ffff7f")]
    [InlineData("36ff7f61")]
    [InlineData("047f00000106")]
    [InlineData("36012f")]
    public void Bytes_that_are_no_multiaddr_are_refused(string hex) => Assert.False(Multiaddr.TryDecode(Convert.FromHexString(hex), out _));

    [Fact]
    public void Random_bytes_never_make_a_decoder_throw()
    {
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(0, 80)];
            random.NextBytes(bytes);
            Multiaddr.TryDecode(bytes, out _);
            PeerId.TryDecode(bytes, out _);
            Cid.TryDecode(bytes, out _);
            Libp2pPublicKey.TryDecode(bytes, out _);
            KadMessage.TryDecode(bytes, out _);
            IdentifyMessage.TryDecode(bytes, out _);
            PeerRecord.TryOpen(bytes, out _);
            MultistreamMessage.Read(bytes, out _, out _);
            YamuxHeader.TryRead(bytes, out _);
            Multihash.TryDecode(bytes, out _);
        }
    }

    [Theory]
    [InlineData("/dns4/a.example/udp/4001/quic-v1", "a.example", 4, 4001, true)]
    [InlineData("/dns6/a.example/udp/4001/quic-v1", "a.example", 6, 4001, true)]
    [InlineData("/dns/a.example/tcp/1", "a.example", 0, 1, false)]
    public void A_name_is_found_in_front_of_TCP_and_of_QUIC(string text, string host, int family, int port, bool quic)
    {
        Assert.True(Multiaddr.Parse(text).WithPeerId(KeyPair.Generate().PeerId).TryGetName(out var name, out var found, out var at, out var isQuic));
        Assert.Equal((host, family, port, quic), (name, found, at, isQuic));
    }

    [Theory]
    [InlineData("/ip4/1.2.3.4/tcp/1")]
    [InlineData("/dns4/a.example/udp/1")]
    [InlineData("/dns4/a.example/udp/1/quic")]
    [InlineData("/dns4/a.example/tcp/1/ws")]
    [InlineData("/dns4/a.example/udp/1/quic-v1/webtransport")]
    public void Other_addresses_are_no_name_and_port(string text) => Assert.False(Multiaddr.Parse(text).TryGetName(out _, out _, out _, out _));
}
