using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Keys;
using Pyrsia.Consensus;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Storage;

/// <summary>What an authority must not forget: its consensus journal, the final blocks, what its builder signed, and evidence; as files, or in PostgreSQL.</summary>
internal sealed class AuthorityStorage : IDisposable
{
    /// <summary>What keeps what the builder has signed.</summary>
    internal const string SignedFolder = "builds";

    /// <summary>What keeps proof that others said two things.</summary>
    internal const string EvidenceFolder = "evidence";

    private AuthorityStorage(AuthorityPlace place, Hash256 chainId, EpochStorage epochs) => (Place, ChainId, Epochs) = (place, chainId, epochs);

    internal AuthorityPlace Place { get; }

    internal Hash256 ChainId { get; }

    /// <summary>Blocks, and a journal an epoch.</summary>
    internal EpochStorage Epochs { get; }

    /// <summary>What this builder has signed for open requests.</summary>
    internal required IDocumentStorage Signed { get; init; }

    /// <summary>Proof that an authority or a builder said two things.</summary>
    internal required IDocumentStorage Evidence { get; init; }

    /// <summary>Opens the files, or the tables of a database that <see cref="AuthorityDatabase"/> has looked at.</summary>
    /// <exception cref="StartupException">They are damaged, or belong to another network.</exception>
    internal static AuthorityStorage Open(NodeResources resources, AuthorityKeys keys, AuthorityDatabase? database)
    {
        var network = NetworkOf(resources.Network);
        var place = AuthorityPlace.Find(network.Genesis, keys);
        var chainId = ChainOf(network);
        var first = EpochPlace.Of([network.Genesis.Set], keys);
        try
        {
            IBlockStorage blocks = database is null ? BlockFile.Open(resources.Directory["blocks"], chainId) : database.OpenBlocks();
            return new AuthorityStorage(place, chainId, new EpochStorage(chainId, first, OpenJournal, new FinalizedStore(blocks)))
            {
                Signed = OpenDocuments(resources.Directory, database, SignedFolder),
                Evidence = OpenDocuments(resources.Directory, database, EvidenceFolder),
            };
        }
        catch (Exception e) when (e is IOException or ConsensusDataException)
        {
            throw new StartupException(e.Message, $"Restore {database?.Place ?? resources.Directory.Path} from a backup, or let this authority rejoin with a new key.", inner: e);
        }

        ConsensusJournal OpenJournal(EpochPlace at)
        {
            var owner = Hash256.Of(at.PublicKey.Bytes);
            IJournalStorage journal = database is null ? JournalFile.Open(resources.Directory["journal"], owner, chainId, at.Epoch) : database.OpenJournal(owner, at.Epoch);
            return ConsensusJournal.Open(journal, resources.Directory[at.BindingFile], at.PublicKey.Bytes, at.Epoch, at.Set.Members.Length);
        }
    }

    internal static NetworkFile NetworkOf(NetworkFile? network) => network ?? throw new StartupException("An authority needs a network file.", "Start it with --network FILE.");

    internal static Hash256 ChainOf(NetworkFile network)
    {
        var digest = network.Genesis.ChainId.Value;
        return new Hash256(digest.Bytes);
    }

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

    public void Dispose() => Epochs.Dispose();
}
