namespace Pyrsia.Consensus;

/// <summary>One log entry as consensus sees it: opaque bytes, named by their SHA-256.</summary>
public sealed class Entry
{
    /// <summary>Largest entry in bytes: a leaf carries a 16-bit length in the log's entry bundles, and 64 KiB would not fit.</summary>
    public const int MaxBytes = 65_535;

    /// <summary>Takes ownership of <paramref name="bytes"/>.</summary>
    /// <exception cref="ArgumentException">The entry is empty or longer than <see cref="MaxBytes"/>.</exception>
    public Entry(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length is 0 or > MaxBytes) throw new ArgumentException("An entry has 1 to 65,535 bytes.", nameof(bytes));
        Bytes = bytes;
        Id = Hash256.Of(bytes.Span);
    }

    /// <summary>The content.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>SHA-256 of the content.</summary>
    public Hash256 Id { get; }
}
