using Pyrsia.Libp2p;

namespace Pyrsia.Simulation.Dht;

/// <summary>A member in virtual time: the driver that <see cref="KadDht"/> is to a host, around the same <see cref="KadState"/>, <see cref="LookupQuery"/> and <see cref="ProvideSweep"/>.
/// It keeps no connection, so that it learns only by asking who is gone.</summary>
internal class DhtNode
{
    /// <summary>Time between two looks at what is due.</summary>
    private static readonly TimeSpan Maintenance = TimeSpan.FromMinutes(1);

    private DateTimeOffset nextRefresh;

    public DhtNode(DhtSimulation network, PeerId id, Multiaddr address)
    {
        Network = network;
        Id = id;
        Addresses = [address];
        Prefix = NetworkPrefix.Of(address);
        State = new KadState(id, network.Options.Kad, network.AddressesOf, network.Random);
    }

    public PeerId Id { get; }

    public IReadOnlyList<Multiaddr> Addresses { get; }

    public NetworkPrefix? Prefix { get; }

    public bool Alive { get; set; } = true;

    public KadState State { get; }

    protected DhtSimulation Network { get; }

    /// <summary>Meets somebody and fills the table.</summary>
    public void Join(DhtNode first)
    {
        Network.Ask(this, first.Id, null, _ => Refresh());
        // Not all at once.
        Network.Time.After(Maintenance * Network.Random.NextDouble(), Maintain);
    }

    /// <summary>What the network hands over; null when it was only about being there.</summary>
    public virtual KadMessage? Receive(DhtNode from, KadMessage? message)
    {
        State.Table.Seen(from.Id, from.Prefix, Network.Time.Now);
        if (message is null) return null;
        if (message.Type != KadMessageType.AddProvider) return State.Answer(from.Id, message, Network.Time.Now);
        State.Accept(from.Id, from.Prefix, message, Network.Time.Now);
        return null;
    }

    public void Provide(IReadOnlyList<Multihash> keys, Action onPlaced)
    {
        foreach (var key in keys) State.Provisions.Add(key);
        Announce(new ProvideSweep(keys, Network.Options.Kad), onPlaced);
    }

    /// <summary>A lookup; <paramref name="onAnswer"/> ends it with false.</summary>
    public void Lookup(KadMessage question, Func<LookupQuery, PeerId, KadMessage, bool> onAnswer, Action<LookupQuery> onEnd)
    {
        var query = State.Lookup(question.Key.Span);
        var ended = false;
        Network.Time.After(Network.Options.Kad.LookupTimeout, End);
        Proceed();

        void Proceed()
        {
            while (!ended && query.Next() is { } next)
            {
                var settled = false;
                Network.Ask(this, next, question, answer =>
                {
                    settled = true;
                    if (answer is null) State.Table.Remove(next);
                    if (ended) return;
                    if (answer is null) query.Failed(next);
                    else query.Answered(next, Network.Find(next)?.Prefix, answer.CloserPeers);
                    if (answer is not null && !onAnswer(query, next, answer)) End();
                    else Proceed();
                });
                Network.Time.After(Network.Options.Kad.Patience, () =>
                {
                    if (settled || ended) return;
                    query.Stalled(next);
                    Proceed();
                });
            }
            if (!ended && query.IsFinished) End();
        }

        void End()
        {
            if (ended) return;
            ended = true;
            if (Alive) onEnd(query);
        }
    }

    /// <summary>What runs beside the ordinary maintenance.</summary>
    protected virtual void OnRefresh()
    {
    }

    protected void Announce(ProvideSweep sweep, Action onPlaced)
    {
        if (!sweep.TryNext(out var target))
        {
            onPlaced();
            return;
        }
        var version = State.Table.Version;
        Lookup(new KadMessage(KadMessageType.FindNode, target.Bytes), (_, _, _) => true, query =>
        {
            foreach (var (key, holders) in sweep.Place(target, query.Closest()))
            {
                foreach (var holder in holders) Network.Ask(this, holder.Peer, new KadMessage(KadMessageType.AddProvider, key.Bytes) { ProviderPeers = [State.Describe(Id)] }, _ => { });
                State.Provisions.Placed(key, holders.Count, Network.Time.Now, version);
            }
            Announce(sweep, onPlaced);
        });
    }

    private void Maintain()
    {
        if (!Alive) return;
        Network.Time.After(Maintenance, Maintain);
        var now = Network.Time.Now;
        State.RemoveExpired(now);
        foreach (var stale in State.Table.Stale(now)) Network.Ask(this, stale, null, answer => { if (answer is null) State.Table.Remove(stale); });
        if (State.Provisions.Due(now, State.Table.Version) is { Count: > 0 } due) Announce(new ProvideSweep(due, Network.Options.Kad), () => { });
        if (now < nextRefresh) return;
        nextRefresh = now + Network.Options.Kad.RefreshInterval;
        Refresh();
    }

    private void Refresh()
    {
        foreach (var target in State.RefreshTargets()) Lookup(new KadMessage(KadMessageType.FindNode, target), (_, _, _) => true, _ => { });
        OnRefresh();
    }
}
