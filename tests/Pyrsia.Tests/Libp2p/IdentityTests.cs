using System.Security.Cryptography;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class IdentityTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("identity").FullName;

    private string Key => Path.Combine(directory, "identity.key");

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void An_identity_file_is_created_once_for_its_owner_alone()
    {
        var created = IdentityFile.LoadOrCreate(Key);
        Assert.Equal(created.PeerId, IdentityFile.LoadOrCreate(Key).PeerId);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Key));
        var error = Assert.Throws<IdentityFileException>(() => IdentityFile.Create(Key));
        Assert.Contains("not replaced", error.Message, StringComparison.Ordinal);
        Assert.Equal(created.PeerId, IdentityFile.Load(Key).PeerId);
        Assert.Single(Directory.GetFiles(directory));
    }

    [Fact]
    public void An_identity_file_that_others_can_read_is_refused()
    {
        IdentityFile.Create(Key);
        File.SetUnixFileMode(Key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", Assert.Throws<IdentityFileException>(() => IdentityFile.LoadOrCreate(Key)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(4000)]
    public void A_damaged_identity_file_is_refused_and_left_as_it_is(int length)
    {
        IdentityFile.Create(Key);
        File.WriteAllBytes(Key, new byte[length]);
        Assert.Contains("damaged", Assert.Throws<IdentityFileException>(() => IdentityFile.LoadOrCreate(Key)).Message, StringComparison.Ordinal);
        Assert.Equal(length, new FileInfo(Key).Length);
    }

    [Fact]
    public void A_signature_of_a_secp256k1_key_counts_and_a_changed_one_does_not()
    {
        using var signer = ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.10"));
        var point = signer.ExportParameters(includePrivateParameters: false).Q;
        byte[] compressed = [(byte)(2 + (point.Y![^1] & 1)), .. point.X!];
        byte[] encoded = [8, 2, 18, 33, .. compressed];
        Assert.True(Libp2pPublicKey.TryDecode(encoded, out var key));
        var message = "signed"u8.ToArray();
        var signature = signer.SignData(message, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        Assert.True(key.Verify(message, signature));
        Assert.False(key.Verify("other"u8, signature));
        foreach (var at in new[] { 0, 1, signature.Length / 2, signature.Length - 1 })
        {
            var changed = signature.ToArray();
            changed[at] ^= 1;
            Assert.False(key.Verify(message, changed), $"byte {at}");
        }
        encoded[4] ^= 1; // the point on the other side of the axis
        Assert.True(Libp2pPublicKey.TryDecode(encoded, out var mirrored));
        Assert.False(mirrored.Verify(message, signature));
    }

    [Theory]
    [InlineData("02fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f")] // x is the field's prime
    [InlineData("020000000000000000000000000000000000000000000000000000000000000005")] // 5^3 + 7 is no square
    [InlineData("0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")] // the head of an uncompressed point
    public void What_is_no_point_of_secp256k1_signs_nothing(string point)
    {
        Assert.True(Libp2pPublicKey.TryDecode(Convert.FromHexString("08021221" + point), out var key));
        Assert.False(key.Verify("signed"u8, Convert.FromHexString("3006020101020101")));
    }

    /// <summary>A key with two spellings would have two peer ids.</summary>
    [Theory]
    [InlineData("0801 1220 KEY", true)]
    [InlineData("088100 1220 KEY", false)] // a longer number than it takes
    [InlineData("0801 0801 1220 KEY", false)] // a field twice
    [InlineData("1800 0801 1220 KEY", false)] // a field that is none
    [InlineData("1220 KEY 0801", false)] // the other order
    public void The_encoding_of_a_public_key_has_one_spelling(string spelling, bool valid)
    {
        var key = Convert.ToHexString(KeyPair.Generate().PublicKey.Data.Span);
        var bytes = Convert.FromHexString(spelling.Replace("KEY", key, StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(valid, Libp2pPublicKey.TryDecode(bytes, out _));
        Assert.False(Libp2pPublicKey.TryDecode([.. bytes, 0x18, 0], out _));
    }

    [Fact]
    public void A_peer_record_opens_only_with_its_own_signature()
    {
        var pair = KeyPair.Generate();
        var record = new PeerRecord(pair.PeerId, 42, [Multiaddr.Parse("/ip4/1.2.3.4/tcp/5")]);
        var sealedBytes = record.Seal(pair);
        Assert.True(PeerRecord.TryOpen(sealedBytes, out var opened));
        Assert.Equal((record.PeerId, record.Sequence), (opened.PeerId, opened.Sequence));
        Assert.Equal(record.Addresses, opened.Addresses);
        for (var i = 0; i < sealedBytes.Length; i++)
        {
            var changed = (byte[])sealedBytes.Clone();
            changed[i] ^= 0x20;
            Assert.False(PeerRecord.TryOpen(changed, out _), $"byte {i}");
        }
        Assert.Throws<ArgumentException>(() => record.Seal(KeyPair.Generate()));
    }

    [Fact]
    public void A_peer_record_signed_by_another_peer_is_refused()
    {
        var signer = KeyPair.Generate();
        var payload = new ProtoWriter().Bytes(1, KeyPair.Generate().PeerId.Bytes.Span).Number(2, 1).ToArray();
        Assert.False(PeerRecord.TryOpen(SignedEnvelope.Seal(signer, PeerRecord.Domain, [3, 1], payload).Encode(), out _));
        Assert.False(SignedEnvelope.TryOpen(SignedEnvelope.Seal(signer, "other", [3, 1], payload).Encode(), PeerRecord.Domain, [3, 1], out _));
    }

    [Fact]
    public async Task The_peer_store_survives_a_restart_and_a_damaged_file()
    {
        var path = Path.Combine(directory, "peers.json");
        var peer = KeyPair.Generate().PeerId;
        var address = Multiaddr.Parse("/ip4/10.0.0.1/tcp/4001");
        await using (var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), PeerStorePath = path }))
            host.PeerStore.AddAddresses(peer, [address.WithPeerId(peer)], TimeSpan.FromHours(1));
        Assert.Equal([address], PeerStore.Open(path, TimeProvider.System).GetAddresses(peer));
        File.WriteAllText(path, "{ not json");
        Assert.Empty(PeerStore.Open(path, TimeProvider.System).Peers);
    }
}
