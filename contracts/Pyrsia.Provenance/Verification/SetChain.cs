using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Provenance.Verification;

/// <summary>
/// The authorities of every epoch that is known here, each set proven under the quorum of the one before it, the first by the network file. A set vouches for no
/// tree larger than the one that ended its epoch: keys that have left sign nothing that is believed, as far as the chain is known.
/// </summary>
public sealed class SetChain
{
    private SetChain(GenesisDocument genesis, ImmutableArray<AuthoritySet> sets, ImmutableArray<SetLink> links) => (Genesis, Sets, Links) = (genesis, sets, links);

    /// <summary>The network.</summary>
    public GenesisDocument Genesis { get; }

    /// <summary>The sets by epoch.</summary>
    public ImmutableArray<AuthoritySet> Sets { get; }

    /// <summary>What leads from each to the next.</summary>
    public ImmutableArray<SetLink> Links { get; }

    /// <summary>The set of the newest epoch that is known.</summary>
    public AuthoritySet Newest => Sets[^1];

    /// <summary>Epoch 0 alone.</summary>
    public static SetChain Start(GenesisDocument genesis)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        return new SetChain(genesis, [genesis.Set], []);
    }

    /// <summary>Walks from the network file along the links.</summary>
    public static bool TryWalk(GenesisDocument genesis, IEnumerable<SetLink> links, [NotNullWhen(true)] out SetChain? chain, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(links);
        chain = Start(genesis);
        error = null;
        foreach (var link in links)
        {
            if (!chain.TryAdd(link, out var longer, out error))
            {
                chain = null;
                return false;
            }

            chain = longer;
        }

        return true;
    }

    /// <summary>Takes a step: the newest set's quorum must vouch for the next.</summary>
    public bool TryAdd(SetLink link, [NotNullWhen(true)] out SetChain? chain, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(link);
        chain = null;
        error = FindFault(link);
        if (error is not null)
        {
            error = string.Create(CultureInfo.InvariantCulture, $"the authorities of epoch {Newest.Epoch + 1} are not proven: {error}");
            return false;
        }

        chain = new SetChain(Genesis, Sets.Add(link.Change.Entry.Set), Links.Add(link));
        return true;
    }

    /// <summary>The set that vouches for a tree of that size.</summary>
    public AuthoritySet At(long size)
    {
        var epoch = Links.Length;
        while (epoch > 0 && Links[epoch - 1].Checkpoint.Checkpoint.Size > size)
            epoch--;
        return Sets[epoch];
    }

    /// <summary>The chain up to an epoch.</summary>
    public SetChain Until(long epoch) => epoch >= Links.Length ? this : new SetChain(Genesis, Sets[..((int)epoch + 1)], Links[..(int)epoch]);

    /// <summary>Checks that a checkpoint has the published form, by the quorum that vouches for a tree of its size.</summary>
    /// <returns>Null and the times, or why not.</returns>
    public string? Check(SignedCheckpoint checkpoint, out PublishedTimes? times)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return PublishedCheckpoint.Check(At(checkpoint.Checkpoint.Size), checkpoint, out times);
    }

    /// <summary>
    /// The chain as far as it goes for a checkpoint, which may be the one that ended an epoch: the next set vouches for that tree too, but until it has, the
    /// checkpoint proves what the ending set says. Null when nobody vouches for it.
    /// </summary>
    public SetChain? For(SignedCheckpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var epoch = At(checkpoint.Checkpoint.Size).Epoch;
        var chain = Until(epoch);
        if (chain.Check(checkpoint, out _) is null)
            return chain;
        if (epoch == 0 || Links[(int)epoch - 1].Checkpoint.Checkpoint.Size != checkpoint.Checkpoint.Size)
            return null;
        return Until(epoch - 1) is var earlier && earlier.Check(checkpoint, out _) is null ? earlier : null;
    }

    private string? FindFault(SetLink link)
    {
        var (change, checkpoint) = (link.Change.Entry, link.Checkpoint.Checkpoint);
        if (change.ChainId != Genesis.ChainId || change.Set.Origin != Genesis.Origin)
            return "the set is of another network";
        if (change.Set.Epoch != Newest.Epoch + 1)
            return string.Create(CultureInfo.InvariantCulture, $"the set is of epoch {change.Set.Epoch}");
        if (checkpoint.Size != link.Change.Index + 1)
            return "the checkpoint is not of the tree that ends with the set change";
        if (Links is [.., var last] && checkpoint.Size <= last.Checkpoint.Checkpoint.Size)
            return "its epoch would end before it began";
        return link.Change.IsIn(checkpoint) ? PublishedCheckpoint.Check(Newest, link.Checkpoint, out _) : "its proof does not lead to the checkpoint's root";
    }
}
