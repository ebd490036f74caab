using Pyrsia.Libp2p;

namespace Pyrsia.Simulation.Dht;

/// <summary>A DHT of many members in virtual time, with peers that come and go and liars that surround keys. Messages take from 20 to 200 ms each way, and as long again for the dial;
/// who asks somebody that is gone waits for his time-out. Same seed, same run.</summary>
internal sealed partial class DhtSimulation
{
    /// <summary>Honest peers that never leave and that everybody joins by.</summary>
    private const int Bootstrap = 4;

    private readonly Dictionary<PeerId, DhtNode> nodes = [];
    private readonly Dictionary<PeerId, IReadOnlyList<Multiaddr>> addresses = [];
    private readonly List<DhtNode> honest = [];

    private DhtSimulation(DhtSimulationOptions options)
    {
        Options = options;
        Random = new Random(unchecked((int)options.Seed));
    }

    public DhtSimulationOptions Options { get; }

    public Random Random { get; }

    public VirtualTime Time { get; } = new();

    /// <summary>Lookups of keys that nobody attacks, and of those that are attacked.</summary>
    public DhtReport Ordinary { get; } = new();

    /// <inheritdoc cref="Ordinary"/>
    public DhtReport Attacked { get; } = new();

    /// <summary>Questions and answers, all in all.</summary>
    public long Messages { get; private set; }

    /// <summary>Peers that left.</summary>
    public int Left { get; private set; }

    /// <summary>Mean size of an honest peer's table at the end, and the share of it that are liars.</summary>
    public (double Size, double Sybils) Tables => (
        honest.Average(n => n.State.Table.Count),
        honest.Sum(n => (double)n.State.Table.Closest(KadKey.Of(n.Id), int.MaxValue).Count(c => Find(c.Peer) is SybilNode)) / honest.Sum(n => n.State.Table.Count));

    public static DhtSimulation Run(DhtSimulationOptions options)
    {
        var simulation = new DhtSimulation(options);
        simulation.Start();
        simulation.Time.RunUntil(DateTimeOffset.UnixEpoch + options.WarmUp + options.Measured);
        return simulation;
    }

    /// <summary>A peer that is there.</summary>
    public DhtNode? Find(PeerId peer) => nodes.GetValueOrDefault(peer);

    /// <summary>Where a peer is or was.</summary>
    public IReadOnlyList<Multiaddr> AddressesOf(PeerId peer) => addresses.GetValueOrDefault(peer, []);

    /// <summary>Delivers a message, or only meets the peer; the answer is null when nobody is there. A message without an answer is answered with itself.</summary>
    public void Ask(DhtNode from, PeerId to, KadMessage? message, Action<KadMessage?> onAnswer)
    {
        Messages += 2;
        if (Find(to) is not { } peer)
        {
            Time.After(Options.Kad.QueryTimeout, () => onAnswer(null));
            return;
        }
        Time.After(Latency() * 3, () =>
        {
            var answer = peer.Alive && from.Alive ? peer.Receive(from, message) ?? message ?? Met : null;
            Time.After(answer is null ? Options.Kad.QueryTimeout : Latency(), () =>
            {
                if (!from.Alive) return;
                if (answer is not null) from.State.Table.Seen(to, peer.Prefix, Time.Now);
                onAnswer(answer);
            });
        });
    }

    /// <summary>Networks are not equally full: one in a hundred peers stands in the fullest.</summary>
    private static Multiaddr PublicAddress(Random random) => AddressIn((int)(4096 * Math.Pow(random.NextDouble(), 2)), random);

    private static readonly KadMessage Met = new(KadMessageType.Ping, ReadOnlyMemory<byte>.Empty);

    private static Multiaddr AddressIn(int network, Random random) =>
        Multiaddr.Parse($"/ip4/{20 + network / 256}.{network % 256}.{random.Next(256)}.{random.Next(256)}/tcp/{random.Next(1024, 65536)}");

    private TimeSpan Latency() => TimeSpan.FromMilliseconds(20 + 180 * Random.NextDouble());
}
