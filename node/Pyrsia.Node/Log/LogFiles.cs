using System.Globalization;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Node.Log;

/// <summary>A log as files, laid out as C2SP tlog-tiles serves them.</summary>
/// <seealso href="https://c2sp.org/tlog-tiles"/>
internal sealed class LogFiles : ILogStorage
{
    private const string TailPrefix = "tail-";

    private readonly string _directory;
    private LeafTail _tail;

    /// <summary>Opens the files in a directory, making it where there is none.</summary>
    /// <exception cref="LogStoreException">The tail is damaged before its end.</exception>
    internal LogFiles(string directory)
        : this(directory, forReading: false)
    {
        // A crash after the new tail was begun leaves the older one behind.
        foreach (var older in Directory.EnumerateFiles(directory, TailPrefix + "*").Where(path => path != TailPath)) File.Delete(older);
    }

    private LogFiles(string directory, bool forReading)
    {
        if (!forReading) DurableFile.CreateDirectory(directory);
        _directory = directory;
        Bundles = (Directory.Exists(directory) ? Directory.EnumerateFiles(directory, TailPrefix + "*") : [])
            .Select(path => long.TryParse(Path.GetFileName(path)[TailPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1)
            .DefaultIfEmpty(0).Max();
        _tail = forReading ? LeafTail.OpenForReading(TailPath) : LeafTail.Open(TailPath);
    }

    /// <summary>Opens the files in a directory, if there are any, and changes nothing.</summary>
    /// <exception cref="LogStoreException">The tail is damaged before its end.</exception>
    internal static LogFiles OpenForReading(string directory) => new(directory, forReading: true);

    public string Place => _directory;

    public long Bundles { get; private set; }

    private string TailPath => Path.Combine(_directory, $"{TailPrefix}{Bundles}");

    public IReadOnlyList<ReadOnlyMemory<byte>> ReadTail() => [.. _tail.Leaves];

    public void Append(IReadOnlyList<Tile> tiles, long bundles, IReadOnlyList<ReadOnlyMemory<byte>> tail)
    {
        foreach (var tile in tiles) Write(FilePath(tile.Path), tile.Bytes.Span);
        if (bundles == Bundles)
        {
            _tail.Append(tail);
            return;
        }
        var old = TailPath;
        _tail.Dispose();
        Bundles = bundles;
        _tail = LeafTail.Open(TailPath);
        if (tail.Count > 0) _tail.Append(tail);
        File.Delete(old);
    }

    public bool TryReadTile(TilePath tile, TileBuffer into)
    {
        var path = FilePath(tile);
        if (!File.Exists(path)) return false;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        file.ReadExactly(into.Begin(file.Length, tile, Place).Span);
        return true;
    }

    public byte[]? ReadDocument(string name) => Read(Path.Combine(_directory, name));

    public void WriteDocument(string name, ReadOnlySpan<byte> bytes) => DurableFile.Write(Path.Combine(_directory, name), bytes);

    public void RemoveDocument(string name) => File.Delete(Path.Combine(_directory, name));

    public byte[]? ReadPayload(Digest digest) => Read(PayloadPath(digest));

    public void PutPayload(Digest digest, ReadOnlySpan<byte> payload)
    {
        if (!File.Exists(PayloadPath(digest))) Write(PayloadPath(digest), payload);
    }

    public void Dispose() => _tail.Dispose();

    private string FilePath(TilePath tile) => Path.Combine(_directory, tile.ToString());

    private string PayloadPath(Digest digest) => Path.Combine(_directory, "payload", digest.Hex[..2], digest.Hex);

    private static byte[]? Read(string path) => File.Exists(path) ? File.ReadAllBytes(path) : null;

    private static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        DurableFile.CreateDirectory(Path.GetDirectoryName(path)!);
        DurableFile.Write(path, bytes);
    }
}
