using System.Buffers.Binary;
using System.Security.Cryptography;
using Pyrsia.Curve25519;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>The Noise handshake with an other end that the test plays, message by message.</summary>
public sealed class NoiseUpgradeTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_dialer_sends_behind_a_signature_that_does_not_hold_is_thrown_away()
    {
        var (left, right) = MemoryPair.Open();
        using var ours = new NoiseStatic(KeyPair.Generate(), [YamuxConnection.ProtocolId]);
        var listening = ConnectionUpgrade.ListenAsync(right, [ours], new YamuxOptions(), TimeProvider.System, Ct);
        using X25519PrivateKey statics = X25519PrivateKey.Generate(), other = X25519PrivateKey.Generate();
        using var handshake = new NoiseHandshake(initiator: true, statics, X25519PrivateKey.Generate());
        await left.SendAsync(MultistreamSelect.Opening(NoiseUpgrade.ProtocolId, Frame(handshake.Write([]))), Ct);
        var input = new InputBuffer(left);
        await MultistreamSelect.ConfirmAsync(input, NoiseUpgrade.ProtocolId, Ct);
        Assert.True(handshake.TryRead(await ReadFrameAsync(input), out _));
        var third = handshake.Write(NoisePayload.Create(KeyPair.Generate(), other.PublicKey, [YamuxConnection.ProtocolId]));
        var (send, receive) = handshake.Split();
        using (send)
        using (receive)
        {
            var early = new byte[12 + NoiseCipher.TagLength];
            send.Encrypt(Convert.FromHexString("000100010000000100000000"), early);
            await left.SendAsync((byte[])[.. Frame(third), .. Frame(early)], Ct);
        }
        Assert.Contains("did not sign", (await Assert.ThrowsAsync<HandshakeException>(() => listening)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listener_whose_signature_does_not_hold_does_not_learn_who_dialed()
    {
        var (left, right) = MemoryPair.Open();
        using var ours = new NoiseStatic(KeyPair.Generate(), [YamuxConnection.ProtocolId]);
        var dialing = NoiseUpgrade.DialAsync(left, ours, null, Ct);
        var input = new InputBuffer(right);
        await MultistreamSelect.ListenAsync(input, id => id == NoiseUpgrade.ProtocolId, Ct);
        using X25519PrivateKey statics = X25519PrivateKey.Generate(), other = X25519PrivateKey.Generate();
        using var handshake = new NoiseHandshake(initiator: false, statics, X25519PrivateKey.Generate());
        Assert.True(handshake.TryRead(await ReadFrameAsync(input), out _));
        await right.SendAsync(Frame(handshake.Write(NoisePayload.Create(KeyPair.Generate(), other.PublicKey, []))), Ct);
        Assert.Contains("did not sign", (await Assert.ThrowsAsync<HandshakeException>(() => dialing)).Message, StringComparison.Ordinal);
        await left.DisposeAsync();
        Assert.Equal(0, await right.ReceiveAsync(new byte[1], Ct));
    }

    [Theory]
    [InlineData(KeyType.Ed25519)]
    [InlineData(KeyType.Ecdsa)]
    [InlineData(KeyType.Secp256k1)]
    [InlineData(KeyType.Rsa)]
    public async Task A_dialer_proves_a_host_key_of_any_kind_and_is_named_by_it(KeyType type)
    {
        var (key, sign) = HostKeys.Make(type);
        await using var listener = await DialedByAsync(key, sign);
        Assert.Equal(key, listener.RemoteKey);
        Assert.Equal(PeerId.FromPublicKey(key), PeerId.FromPublicKey(listener.RemoteKey));
    }

    [Theory]
    [InlineData(KeyType.Ecdsa)]
    [InlineData(KeyType.Secp256k1)]
    [InlineData(KeyType.Rsa)]
    public async Task A_signature_of_another_key_of_the_same_kind_proves_nothing(KeyType type)
    {
        var (key, _) = HostKeys.Make(type);
        var (_, other) = HostKeys.Make(type);
        Assert.Contains("did not sign", (await Assert.ThrowsAsync<HandshakeException>(() => DialedByAsync(key, other))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/a", "/a /b", "/b /a")]
    [InlineData("/b", "/b /a", "/a /b")]
    [InlineData("/b", "/x /b /a", "/a /y /b")]
    public async Task Of_the_muxers_that_both_name_the_dialer_s_first_is_taken(string taken, string dialers, string listeners)
    {
        await using var pair = await PairAsync(dialers.Split(' '), listeners.Split(' '));
        Assert.Equal((taken, taken), (pair.Dialer.Muxer, pair.Listener.Muxer));
    }

    [Fact]
    public async Task The_longest_message_has_65535_bytes_and_what_is_longer_goes_in_two()
    {
        await using var pair = await PairAsync([], []);
        foreach (var (length, first) in new[] { (65_519, 65_535), (65_520, 65_535), (32_767, 32_783) })
        {
            var data = RandomNumberGenerator.GetBytes(length);
            pair.Dialer.Append(data);
            pair.Wire.Sent.Clear();
            await pair.Dialer.FlushAsync(Ct);
            var sent = pair.Wire.Sent.SelectMany(piece => piece).ToArray();
            Assert.Equal(first, BinaryPrimitives.ReadUInt16BigEndian(sent));
            Assert.Equal(length + (length > 65_519 ? 2 : 1) * (2 + NoiseCipher.TagLength), sent.Length);
            var received = new List<byte>();
            while (received.Count < length) received.AddRange((await pair.Listener.ReadAsync(Ct)).Span);
            Assert.Equal(data, received);
        }
    }

    [Fact]
    public void The_nonce_counts_little_endian_in_its_last_eight_bytes()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        using var cipher = new NoiseCipher(key);
        using var aead = new ChaCha20Poly1305(key);
        var message = new byte[NoiseCipher.TagLength];
        for (var i = 0; i < 66_000; i++)
        {
            cipher.Encrypt([], message);
            if (i is not (0 or 1 or 255 or 256 or 65_535 or 65_536)) continue;
            var nonce = new byte[12];
            BinaryPrimitives.WriteInt32LittleEndian(nonce.AsSpan(4), i);
            aead.Decrypt(nonce, ReadOnlySpan<byte>.Empty, message, Span<byte>.Empty);
        }
    }

    /// <summary>What a listener gets from a dialer with this host key.</summary>
    private static async Task<NoiseChannel> DialedByAsync(Libp2pPublicKey key, Func<byte[], byte[]> sign)
    {
        var (left, right) = MemoryPair.Open();
        using var ours = new NoiseStatic(KeyPair.Generate(), [YamuxConnection.ProtocolId]);
        var input = new InputBuffer(right);
        var listening = ListenAsync();
        using var statics = X25519PrivateKey.Generate();
        using var handshake = new NoiseHandshake(initiator: true, statics, X25519PrivateKey.Generate());
        await left.SendAsync(MultistreamSelect.Opening(NoiseUpgrade.ProtocolId, Frame(handshake.Write([]))), Ct);
        var answers = new InputBuffer(left);
        await MultistreamSelect.ConfirmAsync(answers, NoiseUpgrade.ProtocolId, Ct);
        Assert.True(handshake.TryRead(await ReadFrameAsync(answers), out _));
        var payload = new ProtoWriter().Bytes(1, key.Encode()).Bytes(2, sign([.. "noise-libp2p-static-key:"u8, .. statics.PublicKey])).ToArray();
        await left.SendAsync(Frame(handshake.Write(payload)), Ct);
        return await listening;

        async Task<NoiseChannel> ListenAsync()
        {
            await MultistreamSelect.ListenAsync(input, id => id == NoiseUpgrade.ProtocolId, Ct);
            return await NoiseUpgrade.ListenAsync(right, input, ours, Ct);
        }
    }

    private static async Task<NoisePair> PairAsync(string[] dialers, string[] listeners)
    {
        var (left, right) = MemoryPair.Open();
        var wire = new RecordingChannel(left);
        NoiseStatic a = new(KeyPair.Generate(), dialers), b = new(KeyPair.Generate(), listeners);
        var input = new InputBuffer(right);
        var listening = ListenAsync();
        var dialer = await NoiseUpgrade.DialAsync(wire, a, null, Ct);
        return new NoisePair(dialer, await listening, wire);

        async Task<NoiseChannel> ListenAsync()
        {
            await MultistreamSelect.ListenAsync(input, id => id == NoiseUpgrade.ProtocolId, Ct);
            return await NoiseUpgrade.ListenAsync(right, input, b, Ct);
        }
    }

    private static byte[] Frame(byte[] message) => [(byte)(message.Length >> 8), (byte)(message.Length & 0xff), .. message];

    private static async Task<byte[]> ReadFrameAsync(InputBuffer input)
    {
        Assert.True(await input.FillAsync(2, Ct));
        var length = BinaryPrimitives.ReadUInt16BigEndian(input.Buffered.Span);
        await input.FillAsync(2 + length, Ct);
        var message = input.Buffered.Slice(2, length).ToArray();
        input.Consume(2 + length);
        return message;
    }

    private sealed record NoisePair(NoiseChannel Dialer, NoiseChannel Listener, RecordingChannel Wire) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Dialer.DisposeAsync();
            await Listener.DisposeAsync();
        }
    }
}
