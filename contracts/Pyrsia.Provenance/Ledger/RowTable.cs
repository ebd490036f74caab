namespace Pyrsia.Provenance.Ledger;

/// <summary>
/// An immutable table of rows of one length, each a key and a value, for millions of them: rows lie side by side in small sorted blocks below a binary tree
/// over the keys' bits, so a row costs its own bytes and few more, and a table with another row shares all but one block with the table before.
/// </summary>
/// <remarks>
/// Keys are digests, or parts of such: the tree is as deep as the longest beginning that many of them share, and nobody can make many that share a long one.
/// <code>
/// block: key | value | key | value | ...    ascending by key, at most 64 rows
/// </code>
/// </remarks>
public sealed class RowTable
{
    /// <summary>Most rows of a block: few enough to be copied for each new row, many enough that what surrounds a block does not count.</summary>
    private const int MaxRows = 64;

    private readonly int _keyLength;
    private readonly int _rowLength;
    private readonly object _root; // byte[] is a block, Branch is what parts two halves

    private RowTable(int keyLength, int rowLength, object root, int count) => (_keyLength, _rowLength, _root, Count) = (keyLength, rowLength, root, count);

    /// <summary>A table without rows.</summary>
    /// <param name="keyLength">Bytes of a key.</param>
    /// <param name="valueLength">Bytes of a value; 0 for a table that is a set.</param>
    public static RowTable Create(int keyLength, int valueLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(keyLength);
        ArgumentOutOfRangeException.ThrowIfNegative(valueLength);
        return new RowTable(keyLength, keyLength + valueLength, Array.Empty<byte>(), 0);
    }

    /// <summary>Number of rows.</summary>
    public int Count { get; }

    /// <summary>Whether there is a row with that key.</summary>
    public bool Contains(ReadOnlySpan<byte> key) => TryFind(key, out _);

    /// <summary>The value beside a key.</summary>
    public bool TryFind(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, _keyLength);
        var node = _root;
        for (var depth = 0; node is Branch branch; depth++)
            node = IsSet(key, depth) ? branch.One : branch.Zero;
        var block = (byte[])node;
        var row = Search(block, key, out var found);
        value = found ? block.AsSpan(row + _keyLength, _rowLength - _keyLength) : default;
        return found;
    }

    /// <summary>The table with that row in it, in the place of one with the same key.</summary>
    public RowTable With(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, _keyLength);
        ArgumentOutOfRangeException.ThrowIfNotEqual(value.Length, _rowLength - _keyLength);
        var root = Put(_root, 0, key, value, out var isNew);
        return new RowTable(_keyLength, _rowLength, root, isNew ? Count + 1 : Count);
    }

    private object Put(object node, int depth, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out bool isNew)
    {
        if (node is Branch branch)
        {
            return IsSet(key, depth)
                ? branch with { One = Put(branch.One, depth + 1, key, value, out isNew) }
                : branch with { Zero = Put(branch.Zero, depth + 1, key, value, out isNew) };
        }

        var block = (byte[])node;
        var row = Search(block, key, out var found);
        isNew = !found;
        if (isNew && block.Length == MaxRows * _rowLength)
            return Put(Split(block, depth), depth, key, value, out isNew);
        var with = new byte[found ? block.Length : block.Length + _rowLength];
        block.AsSpan(0, row).CopyTo(with);
        key.CopyTo(with.AsSpan(row));
        value.CopyTo(with.AsSpan(row + _keyLength));
        block.AsSpan(found ? row + _rowLength : row).CopyTo(with.AsSpan(row + _rowLength));
        return with;
    }

    private Branch Split(byte[] block, int depth)
    {
        var at = 0;
        while (at < block.Length && !IsSet(block.AsSpan(at, _keyLength), depth))
            at += _rowLength;
        return new Branch(block[..at], block[at..]);
    }

    /// <summary>Where the row with that key begins, or would begin.</summary>
    private int Search(byte[] block, ReadOnlySpan<byte> key, out bool found)
    {
        var (low, high) = (0, block.Length / _rowLength);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var order = block.AsSpan(middle * _rowLength, _keyLength).SequenceCompareTo(key);
            if (order == 0)
            {
                found = true;
                return middle * _rowLength;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle);
        }

        found = false;
        return low * _rowLength;
    }

    private static bool IsSet(ReadOnlySpan<byte> key, int bit) => (key[bit / 8] & (0x80 >> (bit % 8))) != 0;

    private sealed record Branch(object Zero, object One);
}
