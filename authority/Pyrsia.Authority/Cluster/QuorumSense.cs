using Pyrsia.Authority.Storage;
using Pyrsia.Libp2p;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Cluster;

/// <summary>Counts the authorities that answer heartbeats.</summary>
internal sealed class QuorumSense(Libp2pHost host, GenesisDocument genesis, VotingStatus voting, AuthorityDatabase? database) : IQuorumSense
{
    public bool HasQuorum => Answering + 1 >= genesis.Quorum;

    public string? Trouble => voting.Stopped is { } reason ? $"this authority does not vote: {reason}"
        : database?.Trouble is { } trouble ? trouble
        : database?.Lease.Others is { } others ? $"another copy of this authority runs and does not vote: {others}; end one of the two"
        : HasQuorum ? null : $"only {Answering + 1} of {genesis.Authorities.Length} authorities answer; {genesis.Quorum} are a quorum";

    private int Answering
    {
        get
        {
            var others = genesis.Authorities.Select(authority => authority.PeerId).ToHashSet(StringComparer.Ordinal);
            others.Remove(host.Id.ToString());
            return host.Peers.Where(peer => peer.State == PeerState.Alive).Select(peer => peer.Id.ToString()).Distinct().Count(others.Contains);
        }
    }
}
