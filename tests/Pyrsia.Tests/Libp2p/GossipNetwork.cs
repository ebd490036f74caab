using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Routers that hear each other at once, as bytes, in one thread and one virtual time. Judging takes longer than hearing.</summary>
internal sealed class GossipNetwork
{
    private readonly Dictionary<PeerId, (KeyPair Key, GossipRouter Router)> nodes = [];
    private readonly Queue<(PeerId From, PeerId To, byte[] Rpc)> wire = new();
    private readonly Queue<(PeerId At, ValidateGossip Message)> judging = new();
    private readonly Random random = new(1);
    private ulong sequence;

    public long Now { get; private set; } = 1_000_000;

    /// <summary>What each delivered, in order.</summary>
    public List<(PeerId At, GossipMessage Message)> Delivered { get; } = [];

    /// <summary>Whom each was told of and would meet.</summary>
    public List<(PeerId At, PeerRecord Record)> Met { get; } = [];

    /// <summary>Published messages that went over the wire.</summary>
    public int Sent { get; private set; }

    /// <summary>Judges in place of a validator.</summary>
    public Func<PeerId, GossipMessage, GossipVerdict> Verdict { get; set; } = static (_, _) => GossipVerdict.Accept;

    /// <summary>What is lost on the wire.</summary>
    public Func<PeerId, PeerId, GossipRpc, bool> Loses { get; set; } = static (_, _, _) => false;

    public PeerId Add(GossipOptions? options = null)
    {
        var key = KeyPair.Generate();
        nodes.Add(key.PeerId, (key, new GossipRouter(key.PeerId, options ?? new GossipOptions(), new Random(random.Next())) { RecordOf = SignedRecord }));
        return key.PeerId;
    }

    public GossipRouter Router(PeerId peer) => nodes[peer].Router;

    public KeyPair Key(PeerId peer) => nodes[peer].Key;

    public ReadOnlyMemory<byte>? SignedRecord(PeerId peer) => nodes.TryGetValue(peer, out var node) ? new PeerRecord(peer, 1, [Multiaddr.Parse("/ip4/192.0.2.1/tcp/1")]).Seal(node.Key) : null;

    public void Connect(PeerId dialer, PeerId listener, string? address = null)
    {
        Router(dialer).AddPeer(listener, isOutbound: true, wavesOff: true, null);
        Router(listener).AddPeer(dialer, isOutbound: false, wavesOff: true, address);
        Run();
    }

    public void Disconnect(PeerId one, PeerId other)
    {
        Router(one).RemovePeer(other, Now);
        Router(other).RemovePeer(one, Now);
        Run();
    }

    public void Join(string topic, params IEnumerable<PeerId> peers)
    {
        foreach (var peer in peers) Router(peer).Join(topic, Now);
        Run();
    }

    public GossipMessage Publish(PeerId publisher, string topic, int size = 100)
    {
        var message = GossipMessage.Sign(Key(publisher), topic, ++sequence, new byte[size]);
        Router(publisher).Publish(message, Now);
        Run();
        return message;
    }

    /// <summary>What a peer whose program is another one says.</summary>
    public void Say(PeerId from, PeerId to, Action<GossipRpc> fill)
    {
        var rpc = new GossipRpc();
        fill(rpc);
        wire.Enqueue((from, to, rpc.Encode()));
        Run();
    }

    public void Beat(int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            Now += 1000;
            foreach (var (_, router) in nodes.Values) router.Heartbeat(Now);
            Run();
        }
    }

    private void Run()
    {
        do
        {
            foreach (var peer in nodes.Keys) Carry(peer);
            while (wire.TryDequeue(out var next))
            {
                Assert.True(GossipRpc.TryDecode(next.Rpc, out var rpc, out var malformed));
                if (Loses(next.From, next.To, rpc)) continue;
                Sent += rpc.Messages.Count;
                Router(next.To).Receive(next.From, rpc, malformed, Now);
                Carry(next.To);
            }
            if (!judging.TryDequeue(out var judged)) continue;
            Router(judged.At).Judge(judged.Message.Id, Verdict(judged.At, judged.Message.Message), Now);
            Carry(judged.At);
        }
        while (wire.Count + judging.Count > 0);
    }

    private void Carry(PeerId peer)
    {
        while (Router(peer).Take() is { Count: > 0 } effects)
        {
            foreach (var effect in effects)
            {
                switch (effect)
                {
                    case SendGossip send when nodes.ContainsKey(send.Peer):
                        wire.Enqueue((peer, send.Peer, send.Rpc.Encode()));
                        break;
                    case ValidateGossip validate:
                        judging.Enqueue((peer, validate));
                        break;
                    case DeliverGossip deliver:
                        Delivered.Add((peer, deliver.Message));
                        break;
                    case MeetPeer meet:
                        Met.Add((peer, meet.Record));
                        break;
                }
            }
        }
    }
}
