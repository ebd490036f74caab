namespace Pyrsia.Node.Log;

/// <summary>Bytes out of the log that are the reader's until they are given back.</summary>
public sealed class LentTile : IDisposable
{
    private readonly Action<TileBuffer>? _giveBack;
    private TileBuffer? _buffer;

    internal LentTile(TileBuffer buffer, Action<TileBuffer> giveBack) => (Bytes, _buffer, _giveBack) = (buffer.Bytes, buffer, giveBack);

    /// <summary>Bytes that nobody wants back.</summary>
    internal LentTile(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>The bytes; others once they were given back.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>Gives them back.</summary>
    public void Dispose()
    {
        Bytes = default;
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer) _giveBack!(buffer);
    }
}
