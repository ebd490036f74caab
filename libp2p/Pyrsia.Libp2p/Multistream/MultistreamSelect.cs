using System.Buffers;

namespace Pyrsia.Libp2p;

/// <summary>Agrees on a protocol. The dialer sends header and first proposal in one packet and may put the first bytes of that protocol behind them;
/// the listener answers both in one packet. Nothing behind the last line is consumed.</summary>
internal static class MultistreamSelect
{
    /// <summary>Proposals that a listener answers on one stream before it gives up on the peer.</summary>
    public const int MaxProposals = 64;

    /// <summary>What the dialer sends first.</summary>
    public static byte[] Opening(string protocol, ReadOnlySpan<byte> behind = default)
    {
        var buffer = new ArrayBufferWriter<byte>();
        MultistreamMessage.Append(buffer, MultistreamMessage.Header);
        MultistreamMessage.Append(buffer, protocol);
        buffer.Write(behind);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Dialer: proposes each protocol in turn and returns the first accepted one.</summary>
    public static async ValueTask<string> DialAsync(ILookahead io, IReadOnlyList<string> protocols, CancellationToken cancellationToken)
    {
        await io.WriteAsync(Opening(protocols[0]), cancellationToken).ConfigureAwait(false);
        await ExpectHeaderAsync(io, cancellationToken).ConfigureAwait(false);
        for (var i = 0; ; i++)
        {
            if (await IsAcceptedAsync(io, protocols[i], cancellationToken).ConfigureAwait(false)) return protocols[i];
            if (i + 1 == protocols.Count) throw new ProtocolNotSupportedException($"The peer does not serve {string.Join(", ", protocols)}.");
            await io.WriteAsync(Line(protocols[i + 1]), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Dialer that sent <see cref="Opening"/> with data behind it: reads both answers.</summary>
    public static async ValueTask ConfirmAsync(ILookahead io, string protocol, CancellationToken cancellationToken)
    {
        await ExpectHeaderAsync(io, cancellationToken).ConfigureAwait(false);
        await ExpectAcceptedAsync(io, protocol, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The second half of <see cref="ConfirmAsync"/>.</summary>
    public static async ValueTask ExpectAcceptedAsync(ILookahead io, string protocol, CancellationToken cancellationToken)
    {
        if (!await IsAcceptedAsync(io, protocol, cancellationToken).ConfigureAwait(false))
            throw new ProtocolNotSupportedException($"The peer does not serve {protocol}.");
    }

    /// <summary>Listener: answers proposals until one is served, and returns it.</summary>
    public static async ValueTask<string> ListenAsync(ILookahead io, Func<string, bool> serves, CancellationToken cancellationToken)
    {
        var (protocol, answer) = await ChooseAsync(io, serves, cancellationToken).ConfigureAwait(false);
        await io.WriteAsync(answer, cancellationToken).ConfigureAwait(false);
        return protocol;
    }

    /// <summary>Listener: answers proposals until one is served, and returns it with the answer that the caller is to send.</summary>
    public static async ValueTask<(string Protocol, ReadOnlyMemory<byte> Answer)> ChooseAsync(ILookahead io, Func<string, bool> serves, CancellationToken cancellationToken)
    {
        await ExpectHeaderAsync(io, cancellationToken).ConfigureAwait(false);
        var answer = new ArrayBufferWriter<byte>();
        MultistreamMessage.Append(answer, MultistreamMessage.Header);
        for (var i = 0; i < MaxProposals; i++)
        {
            var line = await ReadLineAsync(io, cancellationToken).ConfigureAwait(false);
            var accepted = line == MultistreamMessage.Header || serves(line);
            MultistreamMessage.Append(answer, accepted ? line : MultistreamMessage.NotAvailable);
            if (accepted && line != MultistreamMessage.Header) return (line, answer.WrittenMemory);
            await io.WriteAsync(answer.WrittenMemory, cancellationToken).ConfigureAwait(false);
            answer = new ArrayBufferWriter<byte>();
        }
        throw new PeerProtocolException("The peer proposed too many protocols on one stream.");
    }

    /// <summary>The first half of <see cref="ConfirmAsync"/>.</summary>
    public static async ValueTask ExpectHeaderAsync(ILookahead io, CancellationToken cancellationToken)
    {
        if (await ReadLineAsync(io, cancellationToken).ConfigureAwait(false) != MultistreamMessage.Header)
            throw new PeerProtocolException("The peer does not speak multistream-select 1.0.0.");
    }

    private static async ValueTask<bool> IsAcceptedAsync(ILookahead io, string protocol, CancellationToken cancellationToken)
    {
        var line = await ReadLineAsync(io, cancellationToken).ConfigureAwait(false);
        if (line == protocol) return true;
        return line == MultistreamMessage.NotAvailable
            ? false
            : throw new PeerProtocolException("The peer answered a proposal with a protocol that was not proposed.");
    }

    private static byte[] Line(string text)
    {
        var buffer = new ArrayBufferWriter<byte>();
        MultistreamMessage.Append(buffer, text);
        return buffer.WrittenSpan.ToArray();
    }

    private static async ValueTask<string> ReadLineAsync(ILookahead io, CancellationToken cancellationToken)
    {
        for (var seen = 0; ;)
        {
            var shown = await io.PeekAsync(seen, cancellationToken).ConfigureAwait(false);
            var limit = (int)Math.Min(shown.Length, MultistreamMessage.MaxLength + Uvarint.MaxLength);
            var status = MultistreamMessage.Read(shown.Slice(0, limit).ToArray(), out var line, out var consumed);
            io.Consume(consumed);
            switch (status)
            {
                case OperationStatus.Done: return line;
                case OperationStatus.NeedMoreData: seen = limit; break;
                default: throw new PeerProtocolException("The peer sent a malformed multistream-select line.");
            }
        }
    }
}
