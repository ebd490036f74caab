using System.Buffers.Binary;
using Pyrsia.Curve25519;

namespace Pyrsia.Libp2p;

/// <summary>Runs the noise handshake over a raw connection. The dialer's first message travels in the packet that proposes <c>/noise</c>.
/// Deviations: none. Extensions are sent in messages 2 and 3 only, never in 1, which is not encrypted.</summary>
internal static class NoiseUpgrade
{
    /// <summary>Protocol id.</summary>
    public const string ProtocolId = "/noise";

    /// <summary>Runs the dialer's half.</summary>
    public static async Task<NoiseChannel> DialAsync(IByteChannel channel, NoiseStatic local, PeerId? expected, CancellationToken cancellationToken)
    {
        var input = new InputBuffer(channel);
        using var handshake = new NoiseHandshake(true, local.Key, X25519PrivateKey.Generate());
        await channel.SendAsync(MultistreamSelect.Opening(ProtocolId, Frame(handshake.Write([]))), cancellationToken).ConfigureAwait(false);
        await MultistreamSelect.ConfirmAsync(input, ProtocolId, cancellationToken).ConfigureAwait(false);
        var theirs = await ReadAsync(input, handshake, cancellationToken).ConfigureAwait(false);
        var payload = Verify(theirs, handshake, expected);
        await channel.SendAsync(Frame(handshake.Write(local.Payload)), cancellationToken).ConfigureAwait(false);
        return Finish(channel, input, handshake, payload, local.Muxers.FirstOrDefault(payload.Muxers.Contains), local.Muxers);
    }

    /// <summary>Runs the listener's half, after <c>/noise</c> was agreed on.</summary>
    public static async Task<NoiseChannel> ListenAsync(IByteChannel channel, InputBuffer input, NoiseStatic local, CancellationToken cancellationToken)
    {
        using var handshake = new NoiseHandshake(false, local.Key, X25519PrivateKey.Generate());
        _ = await ReadAsync(input, handshake, cancellationToken).ConfigureAwait(false);
        await channel.SendAsync(Frame(handshake.Write(local.Payload)), cancellationToken).ConfigureAwait(false);
        var theirs = await ReadAsync(input, handshake, cancellationToken).ConfigureAwait(false);
        var payload = Verify(theirs, handshake, null);
        return Finish(channel, input, handshake, payload, payload.Muxers.FirstOrDefault(local.Muxers.Contains), local.Muxers);
    }

    private static NoisePayload Verify(byte[] payload, NoiseHandshake handshake, PeerId? expected)
    {
        if (!NoisePayload.TryVerify(payload, handshake.RemoteStatic.Span, out var verified))
            throw new HandshakeException("The peer's identity did not sign its noise key.");
        var actual = PeerId.FromPublicKey(verified.IdentityKey);
        if (expected is { } dialed && dialed != actual) throw new PeerIdMismatchException(dialed, actual);
        return verified;
    }

    private static NoiseChannel Finish(
        IByteChannel channel, InputBuffer input, NoiseHandshake handshake, NoisePayload payload, string? muxer, IReadOnlyList<string> ours)
    {
        if (muxer is null && payload.Muxers.Count > 0 && ours.Count > 0) throw new HandshakeException("The peer serves no stream muxer of ours.");
        var (send, receive) = handshake.Split();
        return new NoiseChannel(channel, input, send, receive) { RemoteKey = payload.IdentityKey, Muxer = muxer };
    }

    private static byte[] Frame(byte[] message)
    {
        var framed = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed, 2);
        return framed;
    }

    private static async ValueTask<byte[]> ReadAsync(InputBuffer input, NoiseHandshake handshake, CancellationToken cancellationToken)
    {
        if (!await input.FillAsync(2, cancellationToken).ConfigureAwait(false)) throw new HandshakeException("The peer left during the noise handshake.");
        var length = BinaryPrimitives.ReadUInt16BigEndian(input.Buffered.Span);
        await input.FillAsync(2 + length, cancellationToken).ConfigureAwait(false);
        var valid = handshake.TryRead(input.Buffered.Span.Slice(2, length), out var payload);
        input.Consume(2 + length);
        return valid ? payload : throw new HandshakeException("A noise handshake message is malformed or was tampered with.");
    }
}
