using Pyrsia.Curve25519;
using Xunit;

namespace Pyrsia.Tests.Crypto;

public sealed class Curve25519Tests
{
    // RFC 8032 section 7.1, tests 1, 2 and 3.
    [Theory]
    [InlineData("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82", "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    public void Ed25519_signs_and_verifies_the_vectors_of_RFC_8032(string seed, string publicKey, string message, string signature)
    {
        using var key = Ed25519PrivateKey.FromSeed(Convert.FromHexString(seed));
        var bytes = Convert.FromHexString(message);

        Assert.Equal(publicKey, key.PublicKey.ToString());
        Assert.Equal(signature, Convert.ToHexStringLower(key.Sign(bytes)));
        Assert.True(key.PublicKey.Verify(bytes, Convert.FromHexString(signature)));
    }

    [Fact]
    public void Ed25519_refuses_a_signature_with_any_bit_changed()
    {
        using var key = Ed25519PrivateKey.Generate();
        var message = "a message"u8.ToArray();
        var signature = key.Sign(message);
        for (var bit = 0; bit < signature.Length * 8; bit++)
        {
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(key.PublicKey.Verify(message, signature));
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.True(key.PublicKey.Verify(message, signature));
        Assert.False(key.PublicKey.Verify(message, signature.AsSpan(1)));
    }

    // RFC 7748 section 6.1.
    [Fact]
    public void X25519_agrees_on_the_secret_of_RFC_7748()
    {
        using var alice = X25519PrivateKey.FromBytes(Convert.FromHexString("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
        using var bob = X25519PrivateKey.FromBytes(Convert.FromHexString("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
        Span<byte> secret = stackalloc byte[32];

        Assert.Equal("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", Convert.ToHexStringLower(bob.PublicKey));
        Assert.True(alice.TryDeriveSharedSecret(bob.PublicKey, secret));
        Assert.Equal("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", Convert.ToHexStringLower(secret));
    }

    [Fact]
    public void X25519_refuses_a_peer_key_of_low_order()
    {
        using var key = X25519PrivateKey.Generate();
        Span<byte> secret = stackalloc byte[32];
        Assert.False(key.TryDeriveSharedSecret(new byte[32], secret));
    }
}
