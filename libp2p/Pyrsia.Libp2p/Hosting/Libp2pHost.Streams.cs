namespace Pyrsia.Libp2p;

public sealed partial class Libp2pHost
{
    /// <summary>Protocols served now.</summary>
    public IReadOnlyList<string> Protocols => [.. handlers.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Serves a protocol. The handler owns the stream until it returns; a handler that throws has it reset.</summary>
    /// <exception cref="ArgumentException">The protocol is served already.</exception>
    public void Handle(string protocol, Func<Libp2pStream, CancellationToken, Task> handler, ProtocolLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(protocol);
        ArgumentNullException.ThrowIfNull(handler);
        if (!handlers.TryAdd(protocol, new ProtocolHandler(handler, limits ?? new ProtocolLimits())))
            throw new ArgumentException($"{protocol} is served already.", nameof(protocol));
        PushIdentify();
    }

    /// <summary>Stops serving a protocol; open streams go on.</summary>
    public void Unhandle(string protocol)
    {
        if (handlers.TryRemove(protocol, out _)) PushIdentify();
    }

    /// <summary>Opens a stream, dialing the peer when it is not connected.</summary>
    /// <exception cref="ProtocolNotSupportedException">The peer does not serve the protocol.</exception>
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
            return await OpenAsync(connection, protocol, counted: true, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.Passed)
        {
            throw new TimeoutException($"{peer} did not agree on {protocol} in {options.NegotiationTimeout}.");
        }
    }

    internal static async Task<Libp2pStream> OpenAsync(PeerConnection connection, string protocol, bool counted, CancellationToken cancellationToken)
    {
        var stream = await connection.Muxed.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await MultistreamSelect.DialAsync(stream, [protocol], cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            stream.Reset();
            throw;
        }
        return Wrap(connection, stream, protocol, confirmed: true, counted);
    }

    /// <summary>Opens a stream whose first packet carries the proposal and the first bytes of the protocol; the answer is read with the first read.</summary>
    private static async Task<Libp2pStream> OpenWithAsync(PeerConnection connection, string protocol, ReadOnlyMemory<byte> first, CancellationToken cancellationToken)
    {
        var stream = await connection.Muxed.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(MultistreamSelect.Opening(protocol, first.Span), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            stream.Reset();
            throw;
        }
        return Wrap(connection, stream, protocol, confirmed: false, counted: true);
    }

    private static Libp2pStream Wrap(PeerConnection connection, IMuxedStream stream, string protocol, bool confirmed, bool counted)
    {
        if (!counted) return new Libp2pStream(stream, connection.Peer, connection.Address, protocol, confirmed, null);
        connection.StreamOpened();
        return new Libp2pStream(stream, connection.Peer, connection.Address, protocol, confirmed, connection.StreamClosed);
    }

    private async Task ServeStreamAsync(PeerConnection connection, IMuxedStream muxed, Reservation place, CancellationToken cancellationToken)
    {
        using var held = place;
        try
        {
            if (await NegotiateAsync(muxed, cancellationToken).ConfigureAwait(false) is not { } protocol) return;
            if (!handlers.TryGetValue(protocol, out var handler) || (connection.IsLimited && !handler.Limits.AllowLimited) || resources.TryProtocol(connection.Peer, protocol, handler.Limits) is not { } turn)
            {
                muxed.Reset();
                return;
            }
            using var taken = turn;
            await using var stream = Wrap(connection, muxed, protocol, confirmed: true, counted: !IsOwnProtocol(protocol));
            try
            {
                await handler.Serve(stream, cancellationToken).ConfigureAwait(false);
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
            muxed.Reset();
        }
        catch
        {
            muxed.Reset();
            throw;
        }
    }

    /// <summary>Agrees on a protocol. A dialer that sent its first bytes along with a proposal that was refused goes on with what is no proposal:
    /// the stream is closed in order then, so that the refusal still reaches it.</summary>
    private async Task<string?> NegotiateAsync(IMuxedStream muxed, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(options.NegotiationTimeout, time, cancellationToken);
        try
        {
            return await MultistreamSelect.ListenAsync(muxed, handlers.ContainsKey, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is PeerProtocolException or EndOfStreamException)
        {
            muxed.CompleteOutput();
            muxed.Discard();
            muxed.ResetLater();
            return null;
        }
    }

    private static bool IsOwnProtocol(string protocol) =>
        protocol is IdentifyMessage.ProtocolId or IdentifyMessage.PushProtocolId or PingProtocolId;
}
