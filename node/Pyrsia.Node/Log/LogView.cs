using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Node.Log;

/// <summary>The log as this process has verified it: the stored leaves, the newest checkpoint's age, and the index over what it covers.</summary>
public sealed class LogView
{
    /// <summary>Leaves that are parsed side by side, a part of a bundle: what is parsed and not taken in yet outlives the collections meanwhile, and then is held for long.</summary>
    private const int LeavesAtOnce = 16;

    private readonly Lock _gate = new();

    /// <summary>Takes in what is stored.</summary>
    public LogView(LogStore store, NetworkFile network)
    {
        Store = store;
        Network = network;
        Index = new LogIndex(network.Genesis, new LoggedEntries(store).Read);
        Sets = new LogSets(store, network.Genesis);
        store.Published += TakeIn;
        if (store.Checkpoint is not { } checkpoint) return;
        TakeIn(checkpoint);
        HeldMemory.GiveBackAll();
    }

    /// <summary>Raised after the index has taken in a newer checkpoint.</summary>
    public event Action? Advanced;

    /// <summary>The stored log.</summary>
    public LogStore Store { get; }

    /// <summary>The network that it belongs to.</summary>
    public NetworkFile Network { get; }

    /// <summary>Finds entries that the newest checkpoint covers.</summary>
    public LogIndex Index { get; }

    /// <summary>The authorities of every epoch that is known here.</summary>
    public LogSets Sets { get; }

    /// <summary>When the newest checkpoint was last vouched for, in seconds since 1970; null before the first.</summary>
    public long? CosignedAt { get; private set; }

    /// <summary>How long ago that was.</summary>
    public TimeSpan? Age(DateTimeOffset now) => CosignedAt is { } at ? now - DateTimeOffset.FromUnixTimeSeconds(at) : null;

    private void TakeIn(SignedCheckpoint checkpoint)
    {
        lock (_gate)
        {
            foreach (var leaves in Store.ReadLeaves(Index.Size).Take((int)Math.Min(int.MaxValue, checkpoint.Checkpoint.Size - Index.Size)).Chunk(LeavesAtOnce))
            {
                foreach (var entry in leaves.AsParallel().AsOrdered().Select(leaf => EntryReader.Read(leaf, Store.ReadPayload)).ToArray()) Index.Add(entry);
                if (Index.Size % TilePath.FullWidth == 0) HeldMemory.GiveBackSpare();
            }
            PublishedTimes? times = null;
            CosignedAt = Sets.Chain.For(checkpoint) is { } chain && chain.Check(checkpoint, out times) is null ? times!.Time : null;
        }
        Advanced?.Invoke();
    }
}
