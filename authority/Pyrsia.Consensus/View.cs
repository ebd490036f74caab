namespace Pyrsia.Consensus;

/// <summary>The number of a round of one epoch: view 0 is the epoch's genesis, the first proposals are made in view 1.</summary>
/// <param name="Number">Counts from 0 in every epoch; at most <see cref="MaxNumber"/>.</param>
public readonly record struct View(ulong Number) : IComparable<View>
{
    /// <summary>Largest number that a message may name: far from overflow, never reached in practice.</summary>
    public const ulong MaxNumber = 1UL << 60;

    /// <summary>The genesis of an epoch.</summary>
    public static View Genesis => default;

    /// <summary>The view after this one.</summary>
    public View Next => new(Number + 1);

    /// <summary>The view before this one; this must not be the genesis.</summary>
    public View Previous => new(Number - 1);

    /// <inheritdoc/>
    public int CompareTo(View other) => Number.CompareTo(other.Number);

    /// <summary>Earlier than.</summary>
    public static bool operator <(View left, View right) => left.Number < right.Number;

    /// <summary>Later than.</summary>
    public static bool operator >(View left, View right) => left.Number > right.Number;

    /// <summary>Not later than.</summary>
    public static bool operator <=(View left, View right) => left.Number <= right.Number;

    /// <summary>Not earlier than.</summary>
    public static bool operator >=(View left, View right) => left.Number >= right.Number;

    /// <inheritdoc/>
    public override string ToString() => $"v{Number}";
}
