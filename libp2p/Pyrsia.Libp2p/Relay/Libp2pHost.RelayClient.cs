namespace Pyrsia.Libp2p;

/// <summary>Reservations at relays, circuits that are dialed, and circuits that come in.</summary>
public sealed partial class Libp2pHost
{
    /// <summary>Relays that may send circuits, with the addresses over them; empty while a reservation is asked for.</summary>
    private readonly Dictionary<PeerId, IReadOnlyList<Multiaddr>> held = [];

    /// <summary>Relays whose reservation holds.</summary>
    internal int HeldRelays
    {
        get
        {
            lock (gate) return held.Values.Count(addresses => addresses.Count > 0);
        }
    }

    /// <summary>Takes a reservation at the relay that the address leads over and keeps it while the host lives.</summary>
    private async Task ListenOverAsync(Multiaddr relayAddress, CancellationToken cancellationToken)
    {
        handlers.TryAdd(StopMessage.ProtocolId, new ProtocolHandler(ServeStopAsync, new ProtocolLimits { MaxStreamsPerPeer = options.Limits.MaxHandshakes }));
        TimeSpan wait;
        try
        {
            wait = await ReserveAsync(relayAddress, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Hold(relayAddress.PeerId!.Value, null);
            throw;
        }
        Spawn("keeping a reservation", ct => KeepReservationAsync(relayAddress, wait, ct));
    }

    private async Task KeepReservationAsync(Multiaddr relayAddress, TimeSpan wait, CancellationToken cancellationToken)
    {
        var peer = relayAddress.PeerId!.Value;
        var backoff = new Backoff(options.ReservationRetryMin, options.ReservationRetryMax, NextDouble);
        while (true)
        {
            if (Find(peer, Reach.Direct) is { } connection) await EndedOrDueAsync(connection, wait, cancellationToken).ConfigureAwait(false);
            // The reservation ended with its connection: nobody is to be led here by the old address.
            if (Find(peer, Reach.Direct) is null) Hold(peer, []);
            try
            {
                wait = await ReserveAsync(relayAddress, cancellationToken).ConfigureAwait(false);
                backoff.Reset();
            }
            catch (Exception e) when (e is IOException or TimeoutException)
            {
                Survives($"a reservation at {relayAddress}", e);
                Hold(peer, null);
                wait = TimeSpan.Zero;
                await Task.Delay(backoff.Next(), time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task EndedOrDueAsync(PeerConnection connection, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            await connection.Muxed.Completion.WaitAsync(wait, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Due.
        }
    }

    /// <summary>Takes or refreshes a reservation.</summary>
    /// <returns>When to refresh it: after half of its time.</returns>
    private async Task<TimeSpan> ReserveAsync(Multiaddr relayAddress, CancellationToken cancellationToken)
    {
        var peer = relayAddress.PeerId!.Value;
        var connection = await DirectAsync(relayAddress, cancellationToken).ConfigureAwait(false);
        // A circuit can be here before the answer is read.
        lock (gate) held.TryAdd(peer, []);
        using var deadline = new Deadline(options.NegotiationTimeout, time, cancellationToken);
        HopMessage answer;
        try
        {
            await using var stream = await OpenAsync(connection, HopMessage.ProtocolId, counted: true, deadline.Token).ConfigureAwait(false);
            answer = await AskRelayAsync(stream, new HopMessage(HopMessageType.Reserve), deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.Passed)
        {
            throw new TimeoutException($"The relay {peer} did not answer in {options.NegotiationTimeout}.");
        }
        if (answer.Status != RelayStatus.Ok) throw new RelayRefusedException($"The relay {peer} refused a reservation: {answer.Status}.", answer.Status);
        var now = (ulong)time.GetUtcNow().ToUnixTimeSeconds();
        if (answer.Reservation is not { } reservation || reservation.Expire <= now) throw new PeerProtocolException($"The relay {peer} gave a reservation that has ended.");
        if (!reservation.Voucher.IsEmpty && !(ReservationVoucher.TryOpen(reservation.Voucher.Span, out var voucher) && voucher.Relay == peer && voucher.Peer == Id))
            throw new PeerProtocolException($"The relay {peer} gave a voucher that is not its word for this host.");
        var addresses = reservation.Addresses.Where(a => a.PeerId == peer && !a.IsRelayed).ToArray();
        Hold(peer, [.. (addresses.Length > 0 ? addresses : [relayAddress]).Select(a => a.WithCircuit())]);
        return TimeSpan.FromSeconds(Math.Min(reservation.Expire - now, (ulong)options.ReservationRetryMax.TotalSeconds * 2) / 2.0);
    }

    private void Hold(PeerId peer, IReadOnlyList<Multiaddr>? addresses)
    {
        bool changed;
        lock (gate)
        {
            changed = held.TryGetValue(peer, out var before) ? addresses is null || !before.SequenceEqual(addresses) : addresses is not null;
            if (addresses is null) held.Remove(peer);
            else held[peer] = addresses;
        }
        if (changed) PushIdentify();
    }

    /// <summary>Dials a circuit; the relay's answer turns the stream into the raw connection.</summary>
    private async Task<IByteChannel> DialCircuitAsync(Multiaddr relayAddress, PeerId target, CancellationToken cancellationToken)
    {
        var connection = await DirectAsync(relayAddress, cancellationToken).ConfigureAwait(false);
        var stream = await OpenAsync(connection, HopMessage.ProtocolId, counted: true, cancellationToken).ConfigureAwait(false);
        try
        {
            var answer = await AskRelayAsync(stream, new HopMessage(HopMessageType.Connect) { Peer = target }, cancellationToken).ConfigureAwait(false);
            if (answer.Status != RelayStatus.Ok)
                throw new RelayRefusedException($"The relay {connection.Peer} leads to no {target}: {answer.Status}.", answer.Status);
            var address = connection.Address.WithPeerId(connection.Peer).WithCircuit();
            return new CircuitChannel(stream, answer.Limit, address, address);
        }
        catch
        {
            stream.Reset();
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The connection to a relay, never over another one.</summary>
    private async Task<PeerConnection> DirectAsync(Multiaddr relayAddress, CancellationToken cancellationToken)
    {
        var peer = relayAddress.PeerId!.Value;
        if (Find(peer, Reach.Direct) is { } open) return open;
        await ConnectAsync(relayAddress, cancellationToken).ConfigureAwait(false);
        return Find(peer, Reach.Direct) ?? throw new ConnectionClosedException($"The connection to the relay {peer} ended.");
    }

    private static async Task<HopMessage> AskRelayAsync(Libp2pStream stream, HopMessage request, CancellationToken cancellationToken)
    {
        await stream.WriteMessageAsync(request.Encode(), cancellationToken).ConfigureAwait(false);
        var bytes = await stream.ReadMessageAsync(HopMessage.MaxLength, cancellationToken).ConfigureAwait(false);
        if (bytes is null || !HopMessage.TryDecode(bytes, out var answer) || answer.Type != HopMessageType.Status)
            throw new PeerProtocolException($"The relay {stream.RemotePeer} gave no answer that could be read.");
        return answer;
    }

    /// <summary>Takes a circuit from a relay that this host has a reservation at, and serves it as an inbound connection.</summary>
    private async Task ServeStopAsync(Libp2pStream stream, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(options.NegotiationTimeout, time, cancellationToken);
        if (await stream.ReadMessageAsync(StopMessage.MaxLength, deadline.Token).ConfigureAwait(false) is not { } bytes) return;
        bool reserved;
        lock (gate) reserved = held.ContainsKey(stream.RemotePeer);
        var status = RelayStatus.Ok;
        var address = stream.RemoteAddress.WithPeerId(stream.RemotePeer).WithCircuit();
        Reservation? handshake = null;
        if (!StopMessage.TryDecode(bytes, out var request) || request is { Type: StopMessageType.Connect, Peer: null }) status = RelayStatus.MalformedMessage;
        else if (request.Type != StopMessageType.Connect) status = RelayStatus.UnexpectedMessage;
        else if (!reserved || stream.RemoteAddress.IsRelayed) status = RelayStatus.PermissionDenied;
        else if ((handshake = Admit(address)) is null) status = RelayStatus.ResourceLimitExceeded;
        try
        {
            await stream.WriteMessageAsync(new StopMessage(StopMessageType.Status) { Status = status }.Encode(), deadline.Token).ConfigureAwait(false);
        }
        catch
        {
            handshake?.Dispose();
            throw;
        }
        if (handshake is null)
        {
            await stream.CloseWriteAsync(deadline.Token).ConfigureAwait(false);
            return;
        }
        var channel = new CircuitChannel(stream, request!.Limit, address, address);
        var connection = await UpgradeInboundAsync(channel, webSocket: false, request.Peer, handshake, cancellationToken).ConfigureAwait(false);
        await connection.Muxed.Completion.ConfigureAwait(false);
    }
}
