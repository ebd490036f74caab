using Pyrsia.Libp2p;

namespace Pyrsia.Simulation.Dht;

/// <summary>The liars around one key.</summary>
internal sealed class SybilGroup(Multihash key, IReadOnlyList<PeerAddresses> inventions)
{
    /// <summary>Whom one answer names: as many as are heard.</summary>
    private const int Named = 20;

    private readonly List<(KadKey Point, PeerAddresses Peer)> members = [];

    public Multihash Key { get; } = key;

    public void Add(DhtNode member) => members.Add((KadKey.Of(member.Id), new PeerAddresses(member.Id, member.Addresses)));

    /// <summary>The group's nearest to a target, and as many inventions: ids near the key, at places where nobody is.</summary>
    public IReadOnlyList<PeerAddresses> Name(KadKey target, Random random)
    {
        var at = random.Next(inventions.Count - Named / 2 + 1);
        return [.. members.OrderBy(m => m.Point.DistanceTo(target)).Take(Named / 2).Select(m => m.Peer), .. inventions.Skip(at).Take(Named / 2)];
    }
}
