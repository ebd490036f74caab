using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Keys;
using Pyrsia.Authority.Log;
using Pyrsia.Authority.Storage;
using Pyrsia.Consensus;
using Pyrsia.Node.Hosting;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Operating;

/// <summary>An authority that does not run, and cannot as long as this is open: everything that it keeps, to read alone.</summary>
internal sealed class StoppedAuthority : IDisposable
{
    private readonly Stack<IDisposable> _opened = [];

    private StoppedAuthority()
    {
    }

    /// <summary>Its data directory.</summary>
    internal DataDirectory Directory { get; private set; } = null!;

    /// <summary>The network file.</summary>
    internal NetworkFile Network { get; private set; } = null!;

    /// <summary>Its keys.</summary>
    internal AuthorityKeys Keys { get; private set; } = null!;

    /// <summary>What the network file says of it.</summary>
    internal AuthorityPlace Place { get; private set; } = null!;

    /// <summary>Names the storage in messages.</summary>
    internal string Storage { get; private set; } = "";

    /// <summary>The log.</summary>
    internal LogStore Log { get; private set; } = null!;

    /// <summary>The final blocks; null when there never was one.</summary>
    internal FinalizedStore? Blocks { get; private set; }

    /// <summary>Its place in the epoch that its blocks have led to.</summary>
    internal EpochPlace Sitting { get; private set; } = null!;

    /// <summary>The journal of the epoch; null when it was not begun.</summary>
    internal JournalReport? Journal { get; private set; }

    /// <summary>Why it would not vote, in words; null when it would.</summary>
    internal string? NotVotingBecause { get; private set; }

    /// <summary>What its builder has signed for open requests.</summary>
    internal IDocumentStorage Signed { get; private set; } = null!;

    /// <summary>Proof that others said two things.</summary>
    internal IDocumentStorage Evidence { get; private set; } = null!;

    /// <summary>Opens it.</summary>
    /// <exception cref="StartupException">It runs, or something cannot be used; the message says what and why.</exception>
    internal static StoppedAuthority Open(NodeOptions options, StorageOptions storage, TimeProvider time)
    {
        var authority = new StoppedAuthority();
        try
        {
            authority.OpenAll(options, storage, time);
            return authority;
        }
        catch (Exception e)
        {
            authority.Dispose();
            if (e is IOException or UnauthorizedAccessException or ConsensusDataException)
                throw new StartupException(e.Message, "Restore the authority from a backup, or let it rejoin with a new key.", inner: e);
            throw;
        }
    }

    /// <summary>Applies every final block, as a start does.</summary>
    /// <returns>The ledger after the last one.</returns>
    /// <exception cref="ConsensusDataException">The blocks do not lead to the log that they name.</exception>
    internal LedgerApplicationState Replay() => BlockReplay.Run(new LedgerApplication(Network.Genesis, Log.ReadPayload), Blocks);

    public void Dispose()
    {
        while (_opened.TryPop(out var opened)) opened.Dispose();
    }

    private void OpenAll(NodeOptions options, StorageOptions storage, TimeProvider time)
    {
        Network = AuthorityStorage.NetworkOf(options.Network is null ? null : NodeResources.ReadNetwork(options.Network));
        Directory = Own(DataDirectory.OpenForReading(options.DataDirectory));
        Keys = Own(AuthorityKeys.Load(options.DataDirectory, options.Secrets));
        Place = AuthorityPlace.Find(Network.Genesis, Keys);
        var chainId = AuthorityStorage.ChainOf(Network);
        if (storage.ConnectionString is { } connection)
        {
            var database = Own(AuthorityDatabase.OpenForReading(connection, Network.Genesis, Place.Member.Name, time));
            Storage = database.Place;
            if (!database.IsBegun) throw new StartupException($"{Storage} has no tables: the authority was never started on it.", "Start it once, or correct the connection string.");
            Log = Own(LogStore.Open(database.OpenLog()));
            (Signed, Evidence) = (database.OpenDocuments(AuthorityStorage.SignedFolder), database.OpenDocuments(AuthorityStorage.EvidenceFolder));
            Take(database.OpenBlocks(), database.OpenJournalForReading);
            return;
        }
        Storage = $"files in {Directory.Path}";
        Log = Own(LogStore.OpenForReading(Directory["log"]));
        (Signed, Evidence) = (new DocumentFiles(Directory[AuthorityStorage.SignedFolder]), new DocumentFiles(Directory[AuthorityStorage.EvidenceFolder]));
        Take(BlockFile.OpenForReading(Directory["blocks"], chainId), epoch => JournalFile.OpenForReading(Directory["journal"], chainId, epoch));
    }

    private void Take(IBlockStorage? blocks, Func<Epoch, IJournalStorage?> openJournal)
    {
        if (blocks is not null) Blocks = Own(new FinalizedStore(blocks));
        var epoch = EpochStorage.EpochAfter(Blocks?.Tip);
        var proven = new LogSets(Log, Network.Genesis).Chain;
        Sitting = EpochPlace.Of(proven.Newest.Epoch >= (long)epoch.Number ? proven.Until((long)epoch.Number).Sets : Replay().Ledger.Sets, Keys);
        var binding = Directory[Sitting.BindingFile];
        var key = Sitting.PublicKey.Bytes;
        if (openJournal(epoch) is { } journal) Journal = ConsensusJournal.Inspect(Own(journal), binding, key, epoch, Sitting.Set.Members.Length);
        NotVotingBecause = Sitting.Refusal ?? (Journal is null ? ConsensusJournal.RefusalToBegin(binding, key, epoch) : Journal.RefusalToVote);
    }

    private T Own<T>(T opened)
        where T : IDisposable
    {
        _opened.Push(opened);
        return opened;
    }
}
