namespace Pyrsia.Libp2p;

/// <summary>The relay service. https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md#hop-protocol</summary>
public sealed partial class Libp2pHost
{
    private RelayTable? relay;

    private void ServeRelay(RelayOptions relayOptions)
    {
        relayOptions.Validate();
        relay = new RelayTable(relayOptions);
        var limits = new ProtocolLimits { MaxStreams = relayOptions.MaxCircuits * 2, MaxStreamsPerPeer = relayOptions.MaxCircuitsPerPeer * 2 };
        handlers[HopMessage.ProtocolId] = new ProtocolHandler((stream, ct) => ServeHopAsync(stream, relayOptions, ct), limits);
    }

    private bool HasReservation(PeerId peer)
    {
        lock (gate) return relay?.HasReservation(peer, time.GetUtcNow()) == true;
    }

    private async Task ServeHopAsync(Libp2pStream stream, RelayOptions relayOptions, CancellationToken cancellationToken)
    {
        HopMessage? request;
        using (var deadline = new Deadline(options.NegotiationTimeout, time, cancellationToken))
        {
            if (await stream.ReadMessageAsync(HopMessage.MaxLength, deadline.Token).ConfigureAwait(false) is not { } bytes) return;
            if (!HopMessage.TryDecode(bytes, out request)) await RefuseAsync(stream, RelayStatus.MalformedMessage, cancellationToken).ConfigureAwait(false);
        }
        if (request is null) return;
        // The specification forbids both over a circuit: nobody could tell whose resources are used.
        if (stream.RemoteAddress.IsRelayed) await RefuseAsync(stream, RelayStatus.PermissionDenied, cancellationToken).ConfigureAwait(false);
        else if (request.Type == HopMessageType.Reserve) await ReserveAsync(stream, relayOptions, cancellationToken).ConfigureAwait(false);
        else if (request.Type != HopMessageType.Connect) await RefuseAsync(stream, RelayStatus.UnexpectedMessage, cancellationToken).ConfigureAwait(false);
        else if (request.Peer is not { } target) await RefuseAsync(stream, RelayStatus.MalformedMessage, cancellationToken).ConfigureAwait(false);
        else await BridgeAsync(stream, target, relayOptions, cancellationToken).ConfigureAwait(false);
    }

    private async Task ReserveAsync(Libp2pStream stream, RelayOptions relayOptions, CancellationToken cancellationToken)
    {
        RelayStatus status;
        DateTimeOffset expire;
        lock (gate) status = relay!.Reserve(stream.RemotePeer, NetworkPrefix.Around(stream.RemoteAddress, PrefixScale.Machine), time.GetUtcNow(), out expire);
        if (status != RelayStatus.Ok)
        {
            await RefuseAsync(stream, status, cancellationToken).ConfigureAwait(false);
            return;
        }
        var until = (ulong)expire.ToUnixTimeSeconds();
        var answer = new HopMessage(HopMessageType.Status)
        {
            Status = RelayStatus.Ok,
            Limit = relayOptions.Limit,
            Reservation = new RelayReservation(
                until, [.. ListenAddresses.Where(a => !a.IsRelayed).Select(a => a.WithPeerId(Id))], ReservationVoucher.Seal(Identity, stream.RemotePeer, until)),
        };
        await stream.WriteMessageAsync(answer.Encode(), cancellationToken).ConfigureAwait(false);
        await stream.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task BridgeAsync(Libp2pStream source, PeerId target, RelayOptions relayOptions, CancellationToken cancellationToken)
    {
        RelayStatus status;
        lock (gate) status = relay!.Begin(source.RemotePeer, target, time.GetUtcNow());
        if (status != RelayStatus.Ok)
        {
            await RefuseAsync(source, status, cancellationToken).ConfigureAwait(false);
            return;
        }
        try
        {
            if (await StopAsync(source.RemotePeer, target, relayOptions.Limit, cancellationToken).ConfigureAwait(false) is not { } stream)
            {
                await RefuseAsync(source, RelayStatus.ConnectionFailed, cancellationToken).ConfigureAwait(false);
                return;
            }
            await using (stream.ConfigureAwait(false))
            {
                var answer = new HopMessage(HopMessageType.Status) { Status = RelayStatus.Ok, Limit = relayOptions.Limit };
                try
                {
                    await source.WriteMessageAsync(answer.Encode(), cancellationToken).ConfigureAwait(false);
                }
                catch
                {
                    stream.Reset();
                    throw;
                }
                await RelayBridge.RunAsync(source, stream, relayOptions.Limit, time, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            lock (gate) relay!.End(source.RemotePeer, target);
        }
    }

    /// <summary>Opens the second half of a circuit; null when the target does not take it.</summary>
    private async Task<Libp2pStream?> StopAsync(PeerId source, PeerId target, RelayLimit limit, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(options.NegotiationTimeout, time, cancellationToken);
        if (Find(target, Reach.Direct) is not { } connection) return null;
        Libp2pStream? stream = null;
        try
        {
            stream = await OpenAsync(connection, StopMessage.ProtocolId, counted: true, deadline.Token).ConfigureAwait(false);
            await stream.WriteMessageAsync(new StopMessage(StopMessageType.Connect) { Peer = source, Limit = limit }.Encode(), deadline.Token).ConfigureAwait(false);
            var bytes = await stream.ReadMessageAsync(StopMessage.MaxLength, deadline.Token).ConfigureAwait(false);
            if (bytes is not null && StopMessage.TryDecode(bytes, out var answer) && answer is { Type: StopMessageType.Status, Status: RelayStatus.Ok }) return stream;
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The initiator learns that the target did not take it.
        }
        stream?.Reset();
        if (stream is not null) await stream.DisposeAsync().ConfigureAwait(false);
        return null;
    }

    private static async Task RefuseAsync(Libp2pStream stream, RelayStatus status, CancellationToken cancellationToken)
    {
        await stream.WriteMessageAsync(new HopMessage(HopMessageType.Status) { Status = status }.Encode(), cancellationToken).ConfigureAwait(false);
        await stream.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
    }
}
