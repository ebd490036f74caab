using System.Collections.Immutable;
using System.Numerics;

namespace Pyrsia.Provenance.Merkle;

/// <summary>
/// Inclusion and consistency proofs of RFC 6962 section 2.1: built from stored nodes, verified by the algorithms of RFC 9162
/// sections 2.1.3.2 and 2.1.4.2. A proof that is too short, too long, or names an index outside the tree is refused.
/// </summary>
public static class MerkleProof
{
    /// <summary>No proof in a tree of less than 2^63 leaves has more hashes than this.</summary>
    public const int MaxHashes = 126;

    /// <summary>The path from leaf <paramref name="index"/> to the root of the first <paramref name="size"/> leaves.</summary>
    public static ImmutableArray<TreeHash> Inclusion(IHashReader reader, long index, long size)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var proof = new List<TreeHash>();
        long begin = 0, end = size;
        while (end - begin > 1)
        {
            var middle = begin + SplitPoint(end - begin);
            if (index < middle)
            {
                proof.Add(RangeHash(reader, middle, end));
                end = middle;
            }
            else
            {
                proof.Add(RangeHash(reader, begin, middle));
                begin = middle;
            }
        }

        proof.Reverse();
        return [.. proof];
    }

    /// <summary>The proof that the first <paramref name="second"/> leaves begin with the first <paramref name="first"/>.</summary>
    public static ImmutableArray<TreeHash> Consistency(IHashReader reader, long first, long second)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, second);
        if (first == 0 || first == second)
            return [];
        var proof = new List<TreeHash>();
        long begin = 0, end = second;
        while (end != first)
        {
            var middle = begin + SplitPoint(end - begin);
            if (first <= middle)
            {
                proof.Add(RangeHash(reader, middle, end));
                end = middle;
            }
            else
            {
                proof.Add(RangeHash(reader, begin, middle));
                begin = middle;
            }
        }

        if (begin != 0)
            proof.Add(RangeHash(reader, begin, end));
        proof.Reverse();
        return [.. proof];
    }

    /// <summary>Whether <paramref name="proof"/> leads from the leaf to <paramref name="root"/>, using every hash of it.</summary>
    public static bool VerifyInclusion(TreeHash leafHash, long index, long size, ReadOnlySpan<TreeHash> proof, TreeHash root)
    {
        if (index < 0 || index >= size)
            return false;
        var node = index;
        var last = size - 1;
        var hash = leafHash;
        foreach (var sibling in proof)
        {
            if (last == 0)
                return false;
            if ((node & 1) == 1 || node == last)
            {
                hash = Rfc6962.HashNode(sibling, hash);
                while ((node & 1) == 0 && node != 0)
                {
                    node >>= 1;
                    last >>= 1;
                }
            }
            else
            {
                hash = Rfc6962.HashNode(hash, sibling);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && hash == root;
    }

    /// <summary>Whether <paramref name="proof"/> shows that the second tree begins with the whole first one.</summary>
    public static bool VerifyConsistency(long first, long second, TreeHash firstRoot, TreeHash secondRoot, ReadOnlySpan<TreeHash> proof)
    {
        if (first < 0 || first > second)
            return false;
        if (first == second)
            return proof.IsEmpty && firstRoot == secondRoot;
        if (first == 0)
            return proof.IsEmpty && firstRoot == Rfc6962.EmptyRoot;
        var node = first - 1;
        var last = second - 1;
        while ((node & 1) == 1)
        {
            node >>= 1;
            last >>= 1;
        }

        var next = 0;
        TreeHash old;
        if (node == 0)
            old = firstRoot;
        else if (proof.IsEmpty)
            return false;
        else
            old = proof[next++];
        var hash = old;
        for (; next < proof.Length; next++)
        {
            if (last == 0)
                return false;
            var sibling = proof[next];
            if ((node & 1) == 1 || node == last)
            {
                old = Rfc6962.HashNode(sibling, old);
                hash = Rfc6962.HashNode(sibling, hash);
                while ((node & 1) == 0 && node != 0)
                {
                    node >>= 1;
                    last >>= 1;
                }
            }
            else
            {
                hash = Rfc6962.HashNode(hash, sibling);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && old == firstRoot && hash == secondRoot;
    }

    /// <summary>The root of the tree over the leaves <c>[begin, end)</c>, where <c>begin</c> is aligned as RFC 6962 splits.</summary>
    internal static TreeHash RangeHash(IHashReader reader, long begin, long end)
    {
        var count = end - begin;
        if (BitOperations.IsPow2(count))
        {
            var level = BitOperations.Log2((ulong)count);
            return reader.Read(level, begin >> level);
        }

        var middle = begin + SplitPoint(count);
        return Rfc6962.HashNode(RangeHash(reader, begin, middle), RangeHash(reader, middle, end));
    }

    /// <summary>The largest power of two smaller than <paramref name="count"/>.</summary>
    private static long SplitPoint(long count) => 1L << BitOperations.Log2((ulong)(count - 1));
}
