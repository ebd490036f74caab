using Pyrsia.Libp2p;

namespace Pyrsia.Simulation.Dht;

/// <summary>A liar with a chosen id. It keeps itself in the tables of others by doing all that a member does, names only its own kind and peers that do not exist, answers with no provider,
/// forgets what it is told, and claims to provide the attacked key itself, so that there is no room for others.</summary>
internal sealed class SybilNode(DhtSimulation network, PeerId id, Multiaddr address, SybilGroup group) : DhtNode(network, id, address)
{
    public override KadMessage? Receive(DhtNode from, KadMessage? message)
    {
        State.Table.Seen(from.Id, from.Prefix, Network.Time.Now);
        if (message is null || message.Type == KadMessageType.AddProvider) return null;
        return new KadMessage(message.Type, message.Key) { CloserPeers = group.Name(KadKey.Of(message.Key.Span), Network.Random) };
    }

    protected override void OnRefresh() => Announce(new ProvideSweep([group.Key], Network.Options.Kad), () => { });
}
