using System.Buffers;

namespace Pyrsia.Libp2p;

/// <summary>Plaintext 2.0.0, for tests: both sides say who they are and nobody proves it, and what follows is neither encrypted nor kept from being changed.
/// Deviations: none. The dialer's message travels in the packet that proposes the protocol.</summary>
internal sealed class PlaintextUpgrade(KeyPair identity) : ISecurityProtocol
{
    /// <summary>Protocol id.</summary>
    public const string Name = "/plaintext/2.0.0";

    private readonly byte[] own = Frame(new PlaintextExchange(identity.PublicKey).Encode());

    public string ProtocolId => Name;

    public async Task<ISecureChannel> DialAsync(IByteChannel channel, PeerId? expected, CancellationToken cancellationToken)
    {
        var input = new InputBuffer(channel);
        await channel.SendAsync(MultistreamSelect.Opening(Name, own), cancellationToken).ConfigureAwait(false);
        await MultistreamSelect.ConfirmAsync(input, Name, cancellationToken).ConfigureAwait(false);
        var theirs = await ReadAsync(input, cancellationToken).ConfigureAwait(false);
        var actual = PeerId.FromPublicKey(theirs.Key);
        if (expected is { } dialed && dialed != actual) throw new PeerIdMismatchException(dialed, actual);
        return new PlaintextChannel(channel, input, theirs.Key);
    }

    public async Task<ISecureChannel> ListenAsync(IByteChannel channel, InputBuffer input, CancellationToken cancellationToken)
    {
        await channel.SendAsync(own, cancellationToken).ConfigureAwait(false);
        return new PlaintextChannel(channel, input, (await ReadAsync(input, cancellationToken).ConfigureAwait(false)).Key);
    }

    public void Dispose()
    {
        // The key is the host's.
    }

    private static async Task<PlaintextExchange> ReadAsync(InputBuffer input, CancellationToken cancellationToken)
    {
        ulong length;
        int prefix;
        for (var count = 1; ; count++)
        {
            if (!await input.FillAsync(count, cancellationToken).ConfigureAwait(false)) throw new HandshakeException("The peer left before it said who it is.");
            var status = Uvarint.Read(input.Buffered.Span[..count], out length, out prefix);
            if (status == OperationStatus.Done) break;
            if (status == OperationStatus.InvalidData) throw new HandshakeException("The peer sent a malformed length.");
        }
        if (length > PlaintextExchange.MaxLength) throw new HandshakeException($"The peer announced {length} bytes of who it is; {PlaintextExchange.MaxLength} are allowed.");
        var end = prefix + (int)length;
        await input.FillAsync(end, cancellationToken).ConfigureAwait(false);
        var valid = PlaintextExchange.TryDecode(input.Buffered.Span[prefix..end], out var exchange);
        input.Consume(end);
        return valid ? exchange! : throw new HandshakeException("The peer's message of who it is is malformed, or its id is not that of its key.");
    }

    private static byte[] Frame(byte[] message)
    {
        var framed = new ArrayBufferWriter<byte>();
        Uvarint.Append(framed, (ulong)message.Length);
        framed.Write(message);
        return framed.WrittenSpan.ToArray();
    }
}
