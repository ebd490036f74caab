using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Keys;
using Pyrsia.Authority.Log;
using Pyrsia.Consensus;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Storage;

/// <summary>What an authority must not forget: its consensus journal, the final blocks, what its builder signed, and evidence; as files, or in PostgreSQL.</summary>
internal sealed class AuthorityStorage : IDisposable
{
    /// <summary>The only epoch as long as the set does not change.</summary>
    internal static readonly Epoch FirstEpoch = new(0);

    /// <summary>The file beside the vote key that says which journal it votes with, below a data directory.</summary>
    internal static readonly string BindingFile = Path.Combine("keys", "vote.journal");

    /// <summary>What keeps what the builder has signed.</summary>
    internal const string SignedFolder = "builds";

    /// <summary>What keeps proof that others said two things.</summary>
    internal const string EvidenceFolder = "evidence";

    private AuthorityStorage(AuthorityPlace place, Hash256 chainId, int participants, ConsensusJournal journal, FinalizedStore finalized)
    {
        (Place, ChainId, Participants, Journal, Finalized) = (place, chainId, participants, journal, finalized);
    }

    internal AuthorityPlace Place { get; }

    internal Hash256 ChainId { get; }

    internal ConsensusJournal Journal { get; }

    internal FinalizedStore Finalized { get; }

    /// <summary>What this builder has signed for open requests.</summary>
    internal required IDocumentStorage Signed { get; init; }

    /// <summary>Proof that an authority or a builder said two things.</summary>
    internal required IDocumentStorage Evidence { get; init; }

    private int Participants { get; }

    /// <summary>Opens the files, or the tables of a database that <see cref="AuthorityDatabase"/> has looked at.</summary>
    /// <exception cref="StartupException">They are damaged, or belong to another network.</exception>
    internal static AuthorityStorage Open(NodeResources resources, AuthorityKeys keys, AuthorityDatabase? database)
    {
        var network = NetworkOf(resources.Network);
        var place = AuthorityPlace.Find(network.Genesis, keys);
        var chainId = ChainOf(network);
        var participants = network.Genesis.Authorities.Length;
        var owner = Hash256.Of(keys.Vote.PublicKey.Bytes);
        try
        {
            IBlockStorage blocks = database is null ? BlockFile.Open(resources.Directory["blocks"], chainId) : database.OpenBlocks();
            IJournalStorage journal = database is null ? JournalFile.Open(resources.Directory["journal"], owner, chainId, FirstEpoch) : database.OpenJournal(owner, FirstEpoch);
            return new AuthorityStorage(
                place, chainId, participants, ConsensusJournal.Open(journal, resources.Directory[BindingFile], keys.Vote.PublicKey.Bytes, FirstEpoch, participants), new FinalizedStore(blocks))
            {
                Signed = OpenDocuments(resources.Directory, database, SignedFolder),
                Evidence = OpenDocuments(resources.Directory, database, EvidenceFolder),
            };
        }
        catch (Exception e) when (e is IOException or ConsensusDataException)
        {
            throw new StartupException(e.Message, $"Restore {database?.Place ?? resources.Directory.Path} from a backup, or let this authority rejoin with a new key.", inner: e);
        }
    }

    internal static NetworkFile NetworkOf(NetworkFile? network) => network ?? throw new StartupException("An authority needs a network file.", "Start it with --network FILE.");

    internal static Hash256 ChainOf(NetworkFile network)
    {
        var digest = network.Genesis.ChainId.Value;
        return new Hash256(digest.Bytes);
    }

    internal ConsensusEngineOptions EngineOptions(LedgerApplicationState genesis) => new()
    {
        Parameters = new ConsensusParameters { ChainId = ChainId, Epoch = FirstEpoch, Participants = Participants, Self = Place.Index },
        Genesis = new EpochGenesis(ChainId, 0, 0, 0, 0, genesis.Root),
        AppliedState = genesis,
    };

    /// <summary>A builder must not sign twice for one request, so what an earlier version has left in files beside a database moves into it.</summary>
    private static IDocumentStorage OpenDocuments(DataDirectory directory, AuthorityDatabase? database, string folder)
    {
        var files = new DocumentFiles(directory[folder]);
        if (database is null) return files;
        var rows = database.OpenDocuments(folder);
        foreach (var name in files.Names)
        {
            rows.Change(name, null, files.Read(name)!);
            files.Remove(name);
        }
        return rows;
    }

    public void Dispose()
    {
        Journal.Dispose();
        Finalized.Dispose();
    }
}
