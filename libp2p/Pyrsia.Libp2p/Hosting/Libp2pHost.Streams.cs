namespace Pyrsia.Libp2p;

public sealed partial class Libp2pHost
{
    /// <summary>Protocols served now.</summary>
    public IReadOnlyList<string> Protocols => [.. handlers.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Serves a protocol. The handler owns the stream until it returns; a handler that throws has it reset.</summary>
    /// <exception cref="ArgumentException">The protocol is served already.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limits let nothing through.</exception>
    public void Handle(string protocol, Func<Libp2pStream, CancellationToken, Task> handler, ProtocolLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(protocol);
        ArgumentNullException.ThrowIfNull(handler);
        limits?.Validate();
        if (!handlers.TryAdd(protocol, new ProtocolHandler(handler, limits ?? new ProtocolLimits())))
            throw new ArgumentException($"{protocol} is served already.", nameof(protocol));
        PushIdentify();
    }

    /// <summary>Stops serving a protocol; open streams go on.</summary>
    public void Unhandle(string protocol)
    {
        if (handlers.TryRemove(protocol, out _)) PushIdentify();
    }

    /// <summary>Opens a stream, dialing the peer when it is not connected. No answer is waited for: the protocol is proposed in one packet with what is written first, or when something is read,
    /// and the first read tells when the peer does not serve it. Who has to know before calls <see cref="Libp2pStream.ConfirmAsync"/>, as does who only writes.</summary>
    /// <exception cref="DialFailedException">The peer cannot be reached.</exception>
    public Task<Libp2pStream> OpenStreamAsync(PeerId peer, string protocol, CancellationToken cancellationToken = default) =>
        OpenStreamAsync(peer, protocol, allowLimited: false, cancellationToken);

    /// <summary>The same, with a word on circuits that their relay cuts after some time or some bytes.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="protocol">The protocol.</param>
    /// <param name="allowLimited">The protocol can live with such a circuit.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Libp2pStream> OpenStreamAsync(PeerId peer, string protocol, bool allowLimited, CancellationToken cancellationToken)
    {
        var connection = await ConnectionToAsync(peer, allowLimited ? Reach.Any : Reach.Unlimited, cancellationToken).ConfigureAwait(false);
        using var deadline = new Deadline(options.NegotiationTimeout, time, cancellationToken);
        try
        {
            return await ProposeAsync(connection, protocol, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.Passed)
        {
            throw new TimeoutException($"{peer} took no further stream in {options.NegotiationTimeout}.");
        }
    }

    /// <summary>Opens a stream and waits until the protocol is agreed on.</summary>
    internal static async Task<Libp2pStream> OpenAsync(PeerConnection connection, string protocol, bool counted, CancellationToken cancellationToken)
    {
        var stream = await connection.Muxed.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await MultistreamSelect.DialAsync(stream, [protocol], cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Drop(stream);
            throw;
        }
        return Wrap(connection, stream, protocol, null, counted);
    }

    /// <summary>Opens a stream whose first packet carries the proposal and the first bytes of the protocol; the answer is read with the first read.</summary>
    private async Task<Libp2pStream> ProposeAsync(PeerConnection connection, string protocol, CancellationToken cancellationToken)
    {
        var stream = await connection.Muxed.OpenAsync(cancellationToken).ConfigureAwait(false);
        var proposal = new Proposal(stream, protocol, options.NegotiationTimeout, time);
        proposal.Hold();
        return Wrap(connection, stream, protocol, proposal, counted: true);
    }

    private static Libp2pStream Wrap(PeerConnection connection, IMuxedStream stream, string protocol, Proposal? proposal, bool counted)
    {
        if (!counted) return new Libp2pStream(stream, connection.Peer, connection.Address, protocol, proposal, null);
        connection.StreamOpened();
        return new Libp2pStream(stream, connection.Peer, connection.Address, protocol, proposal, connection.StreamClosed);
    }

    private async Task ServeStreamAsync(PeerConnection connection, IMuxedStream muxed, Reservation place, CancellationToken cancellationToken)
    {
        using var held = place;
        try
        {
            if (await NegotiateAsync(muxed, cancellationToken).ConfigureAwait(false) is not { } protocol) return;
            if (!handlers.TryGetValue(protocol, out var handler) || (connection.IsLimited && !handler.Limits.AllowLimited) || resources.TryProtocol(connection.Peer, protocol, handler.Limits) is not { } turn)
            {
                Drop(muxed);
                return;
            }
            using var taken = turn;
            if (resources.TryMemory(connection.Peer, protocol, handler.Limits) is not { } memory)
            {
                Drop(muxed);
                return;
            }
            using var owed = memory;
            muxed.GrowFrom(memory);
            await using var stream = Wrap(connection, muxed, protocol, null, counted: !IsOwnProtocol(protocol));
            try
            {
                var serving = handler.Serve(stream, cancellationToken);
                // The answer to the proposal went along with the first bytes of a handler that had them at once, and waits for no other.
                muxed.Release();
                await serving.ConfigureAwait(false);
            }
            catch
            {
                // Before the stream is disposed: an orderly end would look like a complete answer.
                stream.Reset();
                throw;
            }
        }
        catch (Exception e) when (e is ConnectionClosedException or StreamResetException or EndOfStreamException or OperationCanceledException)
        {
            // The other side left, or the host is closing: nothing to report.
            Drop(muxed);
        }
        catch
        {
            Drop(muxed);
            throw;
        }
    }

    /// <summary>Agrees on a protocol; the answer is held. A dialer that sent its first bytes along with a proposal that was refused goes on with what is no proposal:
    /// the stream is closed in order then, so that the refusal still reaches it.</summary>
    private async Task<string?> NegotiateAsync(IMuxedStream muxed, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(options.NegotiationTimeout, time, cancellationToken);
        try
        {
            var (protocol, answer) = await MultistreamSelect.ChooseAsync(muxed, handlers.ContainsKey, deadline.Token).ConfigureAwait(false);
            muxed.Hold(answer.Span);
            return protocol;
        }
        catch (Exception e) when (e is PeerProtocolException or EndOfStreamException)
        {
            muxed.CompleteOutput();
            muxed.Discard();
            muxed.ResetLater();
            return null;
        }
    }

    /// <summary>Resets a stream that nobody holds, and gives back its buffers.</summary>
    private static void Drop(IMuxedStream stream)
    {
        stream.Reset();
        stream.CompleteOutput();
        stream.Discard();
    }

    private static bool IsOwnProtocol(string protocol) =>
        protocol is IdentifyMessage.ProtocolId or IdentifyMessage.PushProtocolId or PingProtocolId;
}
