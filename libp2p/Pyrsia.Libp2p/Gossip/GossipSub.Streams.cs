namespace Pyrsia.Libp2p;

/// <summary>The router's hands: streams, validators, the clock.</summary>
public sealed partial class GossipSub
{
    private void OnPeerChanged(object? sender, PeerEventArgs change)
    {
        if (change.Kind == PeerEventKind.Identified) Consider(change.Peer);
        if (change.Kind != PeerEventKind.Disconnected) return;
        lock (gate) Lose(change.Peer);
    }

    /// <summary>Speaks to a peer that understands, if not done yet.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="heard">What it spoke here: that can be sooner than identify tells.</param>
    private void Consider(PeerId peer, string? heard = null)
    {
        if (host.FindPeer(peer) is not { } info || (Protocols.FirstOrDefault(info.Protocols.Contains) ?? heard) is not { } protocol) return;
        GossipWay way;
        lock (gate)
        {
            if (stopping.IsCancellationRequested || ways.ContainsKey(peer)) return;
            ways.Add(peer, way = new GossipWay());
            router.AddPeer(peer, !info.IsInbound, protocol == Protocols[0], CountedAddress(info.Address));
            Do();
        }
        host.Spawn($"gossip to {peer}", ct => SpeakAsync(peer, protocol, way, ct));
    }

    /// <summary>Held under the gate.</summary>
    private void Lose(PeerId peer)
    {
        // Beside this: who waits for it must not go on under the gate.
        if (ways.Remove(peer, out var way)) host.Spawn($"leaving gossip with {peer}", _ => way.DisposeAsync().AsTask());
        router.RemovePeer(peer, Now);
    }

    private async Task SpeakAsync(PeerId peer, string protocol, GossipWay way, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await host.OpenStreamAsync(peer, protocol, cancellationToken).ConfigureAwait(false);
            using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var end = AwaitEndAsync(stream, broken);
            try
            {
                await foreach (var rpc in way.Queue.Reader.ReadAllAsync(broken.Token).ConfigureAwait(false))
                {
                    using var deadline = new Deadline(SendTimeout, host.Time, broken.Token);
                    await stream.WriteMessageAsync(rpc, deadline.Token).ConfigureAwait(false);
                }
                // Until the peer has heard the last word: a stream that is let go of before is reset.
                await stream.CloseWriteAsync(broken.Token).ConfigureAwait(false);
                await end.WaitAsync(SendTimeout, host.Time, broken.Token).ConfigureAwait(false);
            }
            finally
            {
                await broken.CancelAsync().ConfigureAwait(false);
                await end.ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is Libp2pException or IOException or TimeoutException or OperationCanceledException)
        {
            // It left, does not read, or serves nothing any more; while it is connected the next heartbeat tries again.
            lock (gate)
                if (ways.GetValueOrDefault(peer) == way) Lose(peer);
        }
    }

    /// <summary>Ends when the peer has finished a stream on which it has nothing to say. When it broke it, what is said there is said to nobody.</summary>
    private static async Task AwaitEndAsync(Libp2pStream stream, CancellationTokenSource broken)
    {
        try
        {
            var nothing = new byte[1];
            while (await stream.ReadAsync(nothing, broken.Token).ConfigureAwait(false) > 0)
            {
                // Dropped.
            }
        }
        catch (Exception e) when (e is Libp2pException or IOException or OperationCanceledException)
        {
            await broken.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Hears a peer for as long as it is spoken to: when one way breaks the other is broken too, so that both sides begin anew and say what they have joined.</summary>
    private async Task HearAsync(Libp2pStream stream, CancellationToken cancellationToken)
    {
        Consider(stream.RemotePeer, stream.Protocol);
        GossipWay? way;
        lock (gate) way = ways.GetValueOrDefault(stream.RemotePeer);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping.Token, way?.Lost ?? new CancellationToken(canceled: true));
        while (await stream.ReadMessageAsync(GossipRpc.MaxLength, stop.Token).ConfigureAwait(false) is { } bytes)
        {
            if (!GossipRpc.TryDecode(bytes, out var rpc, out var malformed)) throw new PeerProtocolException("The peer sent a malformed gossip message.");
            lock (gate)
            {
                router.Receive(stream.RemotePeer, rpc, malformed, Now);
                Do();
            }
        }
    }

    private async Task HeartbeatAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping.Token);
        using var timer = new PeriodicTimer(options.Heartbeat, host.Time);
        try
        {
            do
            {
                foreach (var peer in host.Peers) Consider(peer.Id);
                lock (gate)
                {
                    router.Heartbeat(Now);
                    Do();
                }
            }
            while (await timer.WaitForNextTickAsync(stop.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    /// <summary>Does what the router wants. Held under the gate; judging without a validator brings more to do.</summary>
    private void Do()
    {
        // What goes to several goes to one after the other, and is encoded once.
        var (said, bytes) = (default(GossipRpc), Array.Empty<byte>());
        while (router.Take() is { Count: > 0 } effects)
        {
            foreach (var effect in effects)
            {
                switch (effect)
                {
                    case SendGossip { Rpc.IsEmpty: false } send:
                        if (send.Rpc != said) (said, bytes) = (send.Rpc, send.Rpc.Encode());
                        if (ways.TryGetValue(send.Peer, out var way)) way.Queue.Writer.TryWrite(bytes);
                        break;
                    case ValidateGossip validate:
                        Validate(validate);
                        break;
                    case DeliverGossip deliver:
                        if (topics.TryGetValue(deliver.Message.Topic, out var topic)) topic.Deliver(deliver.Message);
                        break;
                    case MeetPeer meet:
                        Meet(meet.Record);
                        break;
                }
            }
        }
    }

    private void Validate(ValidateGossip validate)
    {
        if (!topics.TryGetValue(validate.Message.Topic, out var topic) || topic.Validator is not { } validator)
        {
            router.Judge(validate.Id, topic is null ? GossipVerdict.Ignore : GossipVerdict.Accept, Now);
            return;
        }
        host.Spawn("a gossip validator", async cancellationToken =>
        {
            var verdict = GossipVerdict.Ignore;
            try
            {
                verdict = await validator(validate.Message, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                lock (gate)
                {
                    router.Judge(validate.Id, verdict, Now);
                    Do();
                }
            }
        });
    }

    private void Meet(PeerRecord record)
    {
        if (meeting >= MaxMeeting) return;
        meeting++;
        host.PeerStore.AddAddresses(record.PeerId, record.Addresses, PeerStore.HearsayLifetime);
        host.Spawn("meeting a gossip peer", async cancellationToken =>
        {
            try
            {
                await host.ConnectAsync(record.PeerId, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is Libp2pException or IOException or TimeoutException)
            {
                // It is not there any more.
            }
            finally
            {
                lock (gate) meeting--;
            }
        });
    }
}
