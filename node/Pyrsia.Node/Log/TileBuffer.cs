using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Node.Log;

/// <summary>
/// Memory that tiles and bundles are read into, one after the other. A bundle is often half a megabyte: new memory for each would have the whole heap looked through
/// every few of them. Used by one thread at a time.
/// </summary>
public sealed class TileBuffer
{
    /// <summary>Memory is taken in multiples of this many bytes: bundles differ by a few thousand, and each that is a little longer than all before it would leave half a megabyte behind.</summary>
    private const int Step = 128 * 1024;

    /// <summary>Bytes of what is taken as long as it is: tiles of hashes, which all are.</summary>
    private const int SmallBytes = 64 * 1024;

    private byte[] _memory = [];

    /// <summary>What was read last; it changes with the next reading.</summary>
    public ReadOnlyMemory<byte> Bytes => _memory.AsMemory(0, Length);

    /// <summary>Bytes of what was read last.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes that it holds, used or not.</summary>
    internal int Capacity => _memory.Length;

    /// <summary>Begins anew.</summary>
    /// <param name="length">Bytes to come.</param>
    /// <param name="tile">What they are, for the message.</param>
    /// <param name="place">Where they are kept, for the message.</param>
    /// <returns>Where they belong.</returns>
    /// <exception cref="LogStoreException">They are more than any bundle may have.</exception>
    public Memory<byte> Begin(long length, TilePath tile, string place)
    {
        if (length > EntryBundle.MaxBytes) throw new LogStoreException($"{tile} in {place} has {length} bytes and is damaged. Restore the log from a backup, or remove it to fetch it anew.");
        if (_memory.Length < length) _memory = new byte[length <= SmallBytes ? length : (length + Step - 1) / Step * Step];
        Length = (int)length;
        return _memory.AsMemory(0, Length);
    }
}
