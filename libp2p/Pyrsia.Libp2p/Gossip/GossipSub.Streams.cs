using System.Threading.Channels;

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

    /// <summary>Speaks to a peer that understands, if not done yet, and no longer to one that stopped to.</summary>
    private void Consider(PeerId peer)
    {
        if (host.FindPeer(peer) is not { } info) return;
        if (Protocols.FirstOrDefault(info.Protocols.Contains) is not { } protocol)
        {
            lock (gate) Lose(peer);
            return;
        }
        var queue = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MaxQueued) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (gate)
        {
            if (stopping.IsCancellationRequested || !ways.TryAdd(peer, queue)) return;
            router.AddPeer(peer, !info.IsInbound, protocol == Protocols[0], CountedAddress(info.Address));
            Do();
        }
        host.Spawn($"gossip to {peer}", ct => SpeakAsync(peer, protocol, queue, ct));
    }

    /// <summary>Held under the gate.</summary>
    private void Lose(PeerId peer)
    {
        if (ways.Remove(peer, out var way)) way.Writer.TryComplete();
        router.RemovePeer(peer, Now);
    }

    private async Task SpeakAsync(PeerId peer, string protocol, Channel<byte[]> queue, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await host.OpenStreamAsync(peer, protocol, cancellationToken).ConfigureAwait(false);
            await foreach (var rpc in queue.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                using var limit = new CancellationTokenSource(SendTimeout, host.Time);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
                await stream.WriteMessageAsync(rpc, both.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is Libp2pException or IOException or TimeoutException or OperationCanceledException)
        {
            // It left, does not read, or serves nothing any more; while it is connected the next heartbeat tries again.
            lock (gate)
                if (ways.GetValueOrDefault(peer) == queue) Lose(peer);
        }
    }

    private async Task HearAsync(Libp2pStream stream, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping.Token);
        Consider(stream.RemotePeer);
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
        while (router.Take() is { Count: > 0 } effects)
        {
            foreach (var effect in effects)
            {
                switch (effect)
                {
                    case SendGossip { Rpc.IsEmpty: false } send:
                        if (ways.TryGetValue(send.Peer, out var way)) way.Writer.TryWrite(send.Rpc.Encode());
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
