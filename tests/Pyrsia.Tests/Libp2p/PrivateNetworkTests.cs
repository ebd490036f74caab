using System.Security.Cryptography;
using System.Text;
using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class PrivateNetworkTests
{
    private const string Digits = "1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389";
    private const string Header = "/key/swarm/psk/1.0.0/\n";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>From the eSTREAM vectors of Salsa20/20, set 1, vector 0.</summary>
    [Fact]
    public void Salsa20_gives_the_published_stream()
    {
        var stream = new byte[64];
        new Salsa20([0x80, .. new byte[31]], new byte[8]).Apply(stream);
        Assert.Equal("e3be8fdd8beca2e3ea8ef9475b29a6e7003951e1097a5c38d23b7a5fad9f6844b22c97559e2723c7cbbd3fe4fc8d9a0744652a83e72a9c461876af4d7ef1a117", Convert.ToHexStringLower(stream));
    }

    /// <summary>From the tests of NaCl, stream.c: four mebibytes and their digest.</summary>
    [Theory]
    [InlineData(4 * 1024 * 1024)]
    [InlineData(61)]
    [InlineData(513)]
    public void XSalsa20_gives_the_published_stream_in_pieces_of_any_length(int piece)
    {
        var cipher = Salsa20.Extended(Convert.FromHexString(Digits), Convert.FromHexString("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37"));
        var stream = new byte[4 * 1024 * 1024];
        for (var at = 0; at < stream.Length; at += piece) cipher.Apply(stream.AsSpan(at, Math.Min(piece, stream.Length - at)));
        Assert.StartsWith("eea6a7251c1e72916d11c2cb214d3c25", Convert.ToHexStringLower(stream.AsSpan(0, 16)), StringComparison.Ordinal);
        Assert.Equal("662b9d0e3463029156069b12f918691a98f7dfb2ca0393c96bbfc6b1fbd630a2", Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    [Theory]
    [InlineData(Header + "/base16/\n" + Digits)]
    [InlineData(Header + "/base16/\n" + Digits + "\n")]
    [InlineData("/key/swarm/psk/1.0.0/\r\n/base16/\r\n" + Digits + "\r\n")]
    [InlineData(Header + "/base64/\nGydVZHPphdRizVEZeppGx2AJVJ6sZHTyBsTuCET2g4k=\n")]
    public void A_key_file_is_read_in_every_form(string text)
    {
        Assert.True(PreSharedKey.TryDecode(Encoding.ASCII.GetBytes(text), out var key));
        Assert.Equal(Digits, Convert.ToHexStringLower(key.Bytes));
        Assert.Equal($"{Header}/base16/\n{Digits}\n", Encoding.ASCII.GetString(key.Encode()));
        Assert.True(PreSharedKey.TryDecode([.. Encoding.ASCII.GetBytes(Header + "/bin/\n"), .. key.Bytes], out var binary));
        Assert.Equal(key.Fingerprint(), binary.Fingerprint());
        Assert.Matches("^[0-9a-f]{32}$", key.Fingerprint());
        Assert.NotEqual(key.Fingerprint(), PreSharedKey.Generate().Fingerprint());
    }

    [Theory]
    [InlineData("")]
    [InlineData(Digits)]
    [InlineData(Header + Digits)]
    [InlineData("/key/swarm/psk/2.0.0/\n/base16/\n" + Digits)]
    [InlineData(Header + "/base58/\n" + Digits)]
    [InlineData(Header + "/base16/\n" + Digits + "00")]
    [InlineData(Header + "/base16/\n0" + Digits)]
    [InlineData(Header + "/base16/\nzz")]
    [InlineData(Header + "/base64/\nGydVZHPphdRizVEZeppGx2AJVJ6sZHTyBsTuCET2gw==")]
    [InlineData(Header + "/bin/\ntoo short")]
    public void What_is_no_key_file_is_none(string text) => Assert.False(PreSharedKey.TryDecode(Encoding.ASCII.GetBytes(text), out _));

    [Theory]
    [InlineData("", SecurityProtocol.Noise)]
    [InlineData("/ws", SecurityProtocol.Tls)]
    public async Task Members_of_a_private_network_transfer_byte_for_byte(string transport, SecurityProtocol security)
    {
        var key = PreSharedKey.Generate();
        await using var hosts = new TestHosts();
        var a = await hosts.StartSilentAsync(o => o with { PrivateNetwork = key, Security = [security] });
        var b = await hosts.StartSilentAsync(o => o with { PrivateNetwork = key, Security = [security] });
        await b.ListenAsync(Multiaddr.Parse($"/ip4/127.0.0.1/tcp/0{transport}"), Ct);
        Echo.Serve(b);
        await a.ConnectAsync(TestHosts.AddressOf(b), Ct);
        foreach (var size in new[] { 1, 65_536, 3_000_001 }) await Echo.SendAsync(a, b.Id, size, size, Ct);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_has_another_key_or_none_is_not_talked_to(bool otherKey)
    {
        await using var hosts = new TestHosts();
        var member = await hosts.StartAsync(o => o with { PrivateNetwork = PreSharedKey.Generate(), DialTimeout = TimeSpan.FromSeconds(1) });
        var stranger = await hosts.StartAsync(o => o with { PrivateNetwork = otherKey ? PreSharedKey.Generate() : null, DialTimeout = TimeSpan.FromSeconds(1) });
        await Assert.ThrowsAnyAsync<Libp2pException>(() => member.ConnectAsync(TestHosts.AddressOf(stranger), Ct));
        await Assert.ThrowsAnyAsync<Libp2pException>(() => stranger.ConnectAsync(TestHosts.AddressOf(member), Ct));
        Assert.Empty(member.Peers);
        Assert.Empty(stranger.Peers);
    }

    [Fact]
    public async Task Nothing_that_can_be_read_leaves_a_member_and_no_two_connections_begin_alike()
    {
        var key = PreSharedKey.Generate();
        var seen = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            var (ours, wire) = MemoryPair.Open();
            await using var member = new PrivateChannel(ours, key);
            await member.SendAsync(MultistreamSelect.Opening("/noise"), Ct);
            var bytes = new byte[200];
            seen.Add(Encoding.Latin1.GetString(bytes, 0, await wire.ReceiveAsync(bytes, Ct)));
        }
        Assert.All(seen, bytes => Assert.DoesNotContain("multistream", bytes, StringComparison.Ordinal));
        Assert.NotEqual(seen[0][24..], seen[1][24..]);
    }

    [Fact]
    public void Where_the_environment_forbids_to_speak_in_the_open_a_host_needs_a_key()
    {
        Assert.Throws<InvalidOperationException>(() => PrivateNetworkGuard.Check(null, "1"));
        PrivateNetworkGuard.Check(null, "0");
        PrivateNetworkGuard.Check(null, null);
        PrivateNetworkGuard.Check(PreSharedKey.Generate(), "1");
    }
}
