using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Keys;
using Pyrsia.Authority.Log;
using Pyrsia.Consensus;
using Pyrsia.Node.Hosting;

namespace Pyrsia.Authority.Hosting;

/// <summary>The consensus journal and the finalized blocks of this authority, as files.</summary>
internal sealed class AuthorityStorage : IDisposable
{
    private AuthorityStorage(AuthorityPlace place, Hash256 chainId, int participants, ConsensusJournal journal, FinalizedStore finalized)
    {
        (Place, ChainId, Participants, Journal, Finalized) = (place, chainId, participants, journal, finalized);
    }

    internal AuthorityPlace Place { get; }

    internal Hash256 ChainId { get; }

    internal ConsensusJournal Journal { get; }

    internal FinalizedStore Finalized { get; }

    private int Participants { get; }

    /// <exception cref="StartupException">The files are damaged, or the directory belongs to another network.</exception>
    internal static AuthorityStorage Open(NodeResources resources, AuthorityKeys keys)
    {
        if (resources.Network is not { } network) throw new StartupException("An authority needs a network file.", "Start it with --network FILE.");
        var place = AuthorityPlace.Find(network.Genesis, keys);
        var chainDigest = network.Genesis.ChainId.Value;
        var chainId = new Hash256(chainDigest.Bytes);
        var participants = network.Genesis.Authorities.Length;
        try
        {
            var finalized = FinalizedStore.Open(resources.Directory["blocks"], chainId);
            var journal = ConsensusJournal.Open(resources.Directory["journal"], resources.Directory[Path.Combine("keys", "vote.journal")], keys.Vote.PublicKey.Bytes, chainId, new Epoch(0), participants);
            return new AuthorityStorage(place, chainId, participants, journal, finalized);
        }
        catch (Exception e) when (e is IOException or ConsensusDataException)
        {
            throw new StartupException(e.Message, $"Restore {resources.Directory.Path} from a backup, or let this authority rejoin with a new key.", inner: e);
        }
    }

    internal ConsensusEngineOptions EngineOptions(LedgerApplicationState genesis) => new()
    {
        Parameters = new ConsensusParameters { ChainId = ChainId, Epoch = new Epoch(0), Participants = Participants, Self = Place.Index },
        Genesis = new EpochGenesis(ChainId, 0, 0, 0, 0, genesis.Root),
        AppliedState = genesis,
    };

    public void Dispose()
    {
        Journal.Dispose();
        Finalized.Dispose();
    }
}
