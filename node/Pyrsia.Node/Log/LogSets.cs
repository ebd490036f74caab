using System.Diagnostics.CodeAnalysis;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Node.Log;

/// <summary>The authorities of every epoch, as far as they are proven here. What proves them is kept beside the log.</summary>
public sealed class LogSets
{
    private readonly LogStore _store;
    private readonly Lock _gate = new();
    private volatile SetChain _chain;

    /// <summary>Walks from the network file along what is stored, as far as that holds.</summary>
    public LogSets(LogStore store, GenesisDocument genesis)
    {
        ArgumentNullException.ThrowIfNull(store);
        (_store, _chain) = (store, SetChain.Start(genesis));
        while (store.ReadSetLink(_chain.Newest.Epoch + 1) is { } bytes && SetLink.TryParse(bytes, out var link, out _) && _chain.TryAdd(link, out var longer, out _)) _chain = longer;
    }

    /// <summary>What is proven.</summary>
    public SetChain Chain => _chain;

    /// <summary>Takes a step and keeps it; one that was taken before changes nothing.</summary>
    /// <param name="link">What leads to the next set.</param>
    /// <param name="error">Why it does not.</param>
    public bool TryAdd(SetLink link, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(link);
        lock (_gate)
        {
            error = null;
            if (link.Change.Entry.Set.Epoch <= _chain.Newest.Epoch) return true;
            if (!_chain.TryAdd(link, out var longer, out error)) return false;
            _store.PutSetLink(link.Change.Entry.Set.Epoch, link.ToBytes());
            _chain = longer;
            return true;
        }
    }

    /// <summary>What a checkpoint must satisfy to be believed: the published form by the quorum that vouches for its size, and the network file's policy.</summary>
    /// <returns>Null and the times, or why not.</returns>
    public string? Check(NetworkFile network, SignedCheckpoint checkpoint, out PublishedTimes? times)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(checkpoint);
        var chain = _chain;
        return chain.Check(checkpoint, out times)
            ?? (network.Policy.InEpoch(network.Genesis.Set, chain.At(checkpoint.Checkpoint.Size)).Evaluate(checkpoint).Accepted ? null : "its signatures do not meet the policy");
    }
}
