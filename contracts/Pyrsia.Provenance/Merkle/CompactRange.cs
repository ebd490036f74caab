using System.Collections.Immutable;
using System.Numerics;

namespace Pyrsia.Provenance.Merkle;

/// <summary>
/// The right edge of a tree: the roots of its maximal perfect subtrees, largest first. Enough to append leaves and to
/// compute the root; an immutable value of at most 63 hashes, so that every unfinalized block can carry its own.
/// </summary>
public sealed class CompactRange
{
    private readonly ImmutableArray<TreeHash> _peaks;

    private CompactRange(long size, ImmutableArray<TreeHash> peaks)
    {
        Size = size;
        _peaks = peaks;
    }

    /// <summary>The range of the empty tree.</summary>
    public static CompactRange Empty { get; } = new(0, []);

    /// <summary>The number of leaves.</summary>
    public long Size { get; }

    /// <summary>The roots of the perfect subtrees, largest first; one for every bit set in <see cref="Size"/>.</summary>
    public ImmutableArray<TreeHash> Peaks => _peaks;

    /// <summary>Rebuilds a range from its peaks.</summary>
    /// <exception cref="ArgumentException">The number of peaks does not fit the size.</exception>
    public static CompactRange FromPeaks(long size, ImmutableArray<TreeHash> peaks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        if (peaks.Length != BitOperations.PopCount((ulong)size))
            throw new ArgumentException("a compact range has one peak for every bit set in the size", nameof(peaks));
        return new CompactRange(size, peaks);
    }

    /// <summary>Reads the range of the first <paramref name="size"/> leaves from stored nodes.</summary>
    public static CompactRange Read(IHashReader reader, long size)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        var peaks = ImmutableArray.CreateBuilder<TreeHash>(BitOperations.PopCount((ulong)size));
        long start = 0;
        for (var level = 62; level >= 0; level--)
        {
            if ((size & (1L << level)) == 0)
                continue;
            peaks.Add(reader.Read(level, start >> level));
            start += 1L << level;
        }

        return new CompactRange(size, peaks.MoveToImmutable());
    }

    /// <summary>The range with one more leaf.</summary>
    public CompactRange Append(TreeHash leafHash) => Append([leafHash]);

    /// <summary>The range with these leaves appended in order.</summary>
    public CompactRange Append(ReadOnlySpan<TreeHash> leafHashes)
    {
        if (leafHashes.IsEmpty)
            return this;
        var peaks = new List<TreeHash>(_peaks.Length + 8);
        peaks.AddRange(_peaks);
        var size = Size;
        foreach (var leaf in leafHashes)
        {
            var node = leaf;
            for (var carry = size; (carry & 1) == 1; carry >>= 1)
            {
                node = Rfc6962.HashNode(peaks[^1], node);
                peaks.RemoveAt(peaks.Count - 1);
            }

            peaks.Add(node);
            size++;
        }

        return new CompactRange(size, [.. peaks]);
    }

    /// <summary>The root of the tree.</summary>
    public TreeHash Root()
    {
        if (_peaks.IsEmpty)
            return Rfc6962.EmptyRoot;
        var root = _peaks[^1];
        for (var i = _peaks.Length - 2; i >= 0; i--)
            root = Rfc6962.HashNode(_peaks[i], root);
        return root;
    }
}
