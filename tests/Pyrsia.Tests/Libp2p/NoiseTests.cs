using System.Text;
using Pyrsia.Curve25519;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class NoiseTests
{
    // The XX vector of the cacophony collection for Noise_XX_25519_ChaChaPoly_SHA256.
    private const string InitiatorStatic = "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1";
    private const string InitiatorEphemeral = "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
    private const string ResponderStatic = "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893";
    private const string ResponderEphemeral = "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";

    private static X25519PrivateKey Key(string hex) => X25519PrivateKey.FromBytes(Convert.FromHexString(hex));

    [Fact]
    public void The_handshake_follows_a_published_vector()
    {
        using var a = Key(InitiatorStatic);
        using var b = Key(ResponderStatic);
        var prologue = Encoding.ASCII.GetBytes("John Galt");
        using var initiator = new NoiseHandshake(true, a, Key(InitiatorEphemeral), prologue);
        using var responder = new NoiseHandshake(false, b, Key(ResponderEphemeral), prologue);
        var first = initiator.Write(Encoding.ASCII.GetBytes("Ludwig von Mises"));
        Assert.Equal("ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79444c756477696720766f6e204d69736573", Convert.ToHexStringLower(first));
        Assert.True(responder.TryRead(first, out _));
        var second = responder.Write(Encoding.ASCII.GetBytes("Murray Rothbard"));
        Assert.StartsWith("95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843", Convert.ToHexStringLower(second), StringComparison.Ordinal);
        Assert.True(initiator.TryRead(second, out var payload));
        Assert.Equal("Murray Rothbard", Encoding.ASCII.GetString(payload));
        Assert.True(responder.TryRead(initiator.Write([]), out _));
        Assert.Equal(Convert.ToHexString(initiator.HandshakeHash), Convert.ToHexString(responder.HandshakeHash));
    }

    [Fact]
    public void Every_changed_byte_of_the_second_message_ends_the_handshake()
    {
        using var a = X25519PrivateKey.Generate();
        using var b = X25519PrivateKey.Generate();
        for (var i = 0; i < 101; i += 7)
        {
            using var initiator = new NoiseHandshake(true, a, X25519PrivateKey.Generate());
            using var responder = new NoiseHandshake(false, b, X25519PrivateKey.Generate());
            Assert.True(responder.TryRead(initiator.Write([]), out _));
            var second = responder.Write(new byte[5]);
            second[i] ^= 1;
            Assert.False(initiator.TryRead(second, out _));
        }
    }

    [Fact]
    public void A_short_message_and_a_weak_key_are_refused()
    {
        using var statics = X25519PrivateKey.Generate();
        using var responder = new NoiseHandshake(false, statics, X25519PrivateKey.Generate());
        Assert.False(responder.TryRead(new byte[31], out _));
        Assert.True(responder.TryRead(new byte[32], out _));
        Assert.Throws<HandshakeException>(() => responder.Write([]));
    }

    [Fact]
    public void A_payload_that_another_key_signed_is_refused()
    {
        var pair = KeyPair.Generate();
        var key = new byte[32];
        var payload = NoisePayload.Create(pair, key, ["/yamux/1.0.0"]);
        Assert.True(NoisePayload.TryVerify(payload, key, out var verified));
        Assert.Equal(["/yamux/1.0.0"], verified.Muxers);
        key[0] = 1;
        Assert.False(NoisePayload.TryVerify(payload, key, out _));
    }
}
