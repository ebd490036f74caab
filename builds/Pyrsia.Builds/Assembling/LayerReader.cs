using System.Buffers;
using System.Text;
using Pyrsia.Builds.Outputs;

namespace Pyrsia.Builds.Assembling;

/// <summary>
/// Reads the tar of a layer, or one that holds an image, which somebody made who may mean harm. Takes memory for a buffer and one extension header; every name, number and kind is checked
/// before it is used, and no size is believed before its bytes have come.
/// </summary>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md"/>
internal sealed class LayerReader : IDisposable
{
    /// <summary>Longest pax header or long name in bytes: a path, a link's target and the attributes of one file.</summary>
    private const int MaxExtensionBytes = 64 << 10;

    /// <summary>Longest value of a capability in bytes: version 3 of the kernel's form has 24.</summary>
    private const int MaxCapabilityBytes = 64;

    private const int BufferBytes = 256 << 10;

    private readonly Stream _tar;
    private readonly ImageLimits _limits;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private int _start;
    private int _end;
    private long _position;
    private long _contentLeft;
    private long _padding;
    private long _bytes;
    private int _entries;

    /// <summary>Reads from a stream that stays its owner's.</summary>
    internal LayerReader(Stream tar, ImageLimits limits) => (_tar, _limits) = (tar, limits);

    /// <summary>Where the current entry's content begins in the tar, in bytes.</summary>
    internal long ContentOffset { get; private set; }

    /// <summary>Goes to the next entry; null at the end.</summary>
    /// <exception cref="ImageRefusedException">It is no tar of a layer.</exception>
    internal async ValueTask<LayerEntry?> NextAsync(CancellationToken cancellationToken)
    {
        await CopyContentAsync(null, cancellationToken).ConfigureAwait(false);
        string? longName = null, longLink = null;
        Dictionary<string, byte[]>? records = null;
        while (true)
        {
            var header = await HeaderAsync(cancellationToken).ConfigureAwait(false);
            if (header is null) return longName is null && longLink is null && records is null ? null : throw Malformed("it ends after a header for an entry that does not follow");
            if (++_entries > _limits.MaxEntries) throw new ImageRefusedException($"A layer has more than {_limits.MaxEntries} entries.");
            switch (header.Type)
            {
                case 'L':
                    longName = Encoding.Latin1.GetString(await ExtensionAsync(header, cancellationToken).ConfigureAwait(false)).TrimEnd('\0');
                    continue;
                case 'K':
                    longLink = Encoding.Latin1.GetString(await ExtensionAsync(header, cancellationToken).ConfigureAwait(false)).TrimEnd('\0');
                    continue;
                case 'x':
                    records = PaxRecords.Read(await ExtensionAsync(header, cancellationToken).ConfigureAwait(false)) ?? throw Malformed("a pax header is none");
                    continue;
                case 'g':
                    var all = PaxRecords.Read(await ExtensionAsync(header, cancellationToken).ConfigureAwait(false)) ?? throw Malformed("a pax header is none");
                    // What git writes says comment; a name or size for all entries that follow has no good use.
                    if (all.Keys.Any(key => key is "path" or "linkpath" or "size" or "uid" or "gid" or "mtime")) throw Malformed("a pax header speaks for all entries");
                    continue;
            }
            return Entry(header with { Name = longName ?? header.Name, LinkName = longLink ?? header.LinkName }, records ?? []);
        }
    }

    /// <summary>Passes on the rest of the current entry's content.</summary>
    /// <param name="to">Takes it; null to pass over it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ImageRefusedException">The tar ends before the content does.</exception>
    internal async ValueTask CopyContentAsync(Stream? to, CancellationToken cancellationToken)
    {
        while (_contentLeft + _padding > 0)
        {
            if (_start == _end && !await MoreAsync(cancellationToken).ConfigureAwait(false)) throw Malformed("it ends inside an entry");
            var taken = (int)Math.Min(_end - _start, _contentLeft + _padding);
            var content = (int)Math.Min(taken, _contentLeft);
            if (to is not null && content > 0) await to.WriteAsync(_buffer.AsMemory(_start, content), cancellationToken).ConfigureAwait(false);
            _contentLeft -= content;
            _padding -= taken - content;
            Take(taken);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private LayerEntry Entry(LayerHeader header, Dictionary<string, byte[]> records)
    {
        if (records.Keys.Any(key => key.StartsWith("GNU.sparse", StringComparison.Ordinal))) throw Malformed("a file is sparse, and says one size and holds another");
        var kind = header.Type switch
        {
            '0' or '7' => LayerEntryKind.File,
            '1' => LayerEntryKind.HardLink,
            '2' => LayerEntryKind.SymbolicLink,
            '3' => LayerEntryKind.CharacterDevice,
            '4' => LayerEntryKind.BlockDevice,
            '5' => LayerEntryKind.Directory,
            '6' => LayerEntryKind.Pipe,
            _ => throw Malformed($"an entry has a kind that no image has ('{(char.IsAsciiLetterOrDigit(header.Type) ? header.Type : '?')}')"),
        };
        var name = LayerName.Parse(Text(records, "path") ?? header.Name);
        // A hard link may state the size of its file, and has no content of its own.
        var size = kind == LayerEntryKind.File ? Number(records, "size") ?? header.Size : 0;
        if (size < 0 || size > _limits.MaxBytes - _bytes) throw new ImageRefusedException($"A layer has files of more than {_limits.MaxBytes} bytes together.");
        var target = kind switch
        {
            LayerEntryKind.HardLink => LayerName.Parse(Text(records, "linkpath") ?? header.LinkName),
            LayerEntryKind.SymbolicLink => Text(records, "linkpath") ?? header.LinkName,
            _ => "",
        };
        if (kind == LayerEntryKind.SymbolicLink && (target.Length is 0 or > LayerName.MaxBytes || target.Contains('\0', StringComparison.Ordinal))) throw Malformed($"the link '{name}' has no target that a file system takes");
        // Where a layer is unpacked beside others, such a device says that what is below is deleted.
        if (kind == LayerEntryKind.CharacterDevice && header is { Major: 0, Minor: 0 }) throw Malformed($"'{name}' is the device 0, 0, by which file systems hide what is below");
        var (user, group) = (Number(records, "uid") ?? header.UserId, Number(records, "gid") ?? header.GroupId);
        if (user is < 0 or > uint.MaxValue || group is < 0 or > uint.MaxValue || header.Major is < 0 or > LayerHeader.MaxShort || header.Minor is < 0 or > LayerHeader.MaxShort) throw Malformed($"'{name}' has an owner or a device number that there is not");
        var capability = records.GetValueOrDefault("SCHILY.xattr.security.capability");
        if (capability is { Length: 0 or > MaxCapabilityBytes }) throw Malformed($"'{name}' has capabilities of no known form");
        _bytes += size;
        ContentOffset = _position;
        Expect(size);
        return new LayerEntry(
            name, kind, header.Mode, user, group, Math.Max(0, Seconds(records) ?? header.Seconds), size, target, capability,
            kind is LayerEntryKind.CharacterDevice or LayerEntryKind.BlockDevice ? header.Major : 0, kind is LayerEntryKind.CharacterDevice or LayerEntryKind.BlockDevice ? header.Minor : 0);
    }

    private static string? Text(Dictionary<string, byte[]> records, string key) => records.TryGetValue(key, out var value) ? Encoding.Latin1.GetString(value) : null;

    private static long? Number(Dictionary<string, byte[]> records, string key) =>
        records.TryGetValue(key, out var value) ? PaxRecords.Number(value) ?? throw Malformed($"a pax header has a {key} that is no number") : null;

    /// <summary>Pax states times with fractions, of which the whole seconds before them are taken.</summary>
    private static long? Seconds(Dictionary<string, byte[]> records)
    {
        if (!records.TryGetValue("mtime", out var value)) return null;
        if (value is [(byte)'-', ..]) return 0;
        return PaxRecords.Number(value.AsSpan(0, value.AsSpan().IndexOf((byte)'.') is var dot and >= 0 ? dot : value.Length)) ?? throw Malformed("a pax header has an mtime that is no number");
    }

    private async ValueTask<byte[]> ExtensionAsync(LayerHeader header, CancellationToken cancellationToken)
    {
        if (header.Size is < 0 or > MaxExtensionBytes) throw Malformed("a name or header is longer than any that there is");
        Expect(header.Size);
        using var content = new MemoryStream((int)header.Size);
        await CopyContentAsync(content, cancellationToken).ConfigureAwait(false);
        return content.ToArray();
    }

    private void Expect(long size) => (_contentLeft, _padding) = (size, (TarHeader.BlockLength - (size % TarHeader.BlockLength)) % TarHeader.BlockLength);

    /// <summary>The next header; null at the end. Two blocks of zeros end a tar, and so does the end of the stream between entries, as some programs leave it.</summary>
    private async ValueTask<LayerHeader?> HeaderAsync(CancellationToken cancellationToken)
    {
        while (_end - _start < TarHeader.BlockLength)
        {
            if (await MoreAsync(cancellationToken).ConfigureAwait(false)) continue;
            return _start == _end ? null : throw Malformed("it ends inside a header");
        }
        if (_buffer.AsSpan(_start, TarHeader.BlockLength).ContainsAnyExcept((byte)0))
        {
            var header = LayerHeader.Read(_buffer.AsSpan(_start, TarHeader.BlockLength)) ?? throw Malformed("a header is none");
            Take(TarHeader.BlockLength);
            return header;
        }
        do
        {
            if (_buffer.AsSpan(_start, _end - _start).ContainsAnyExcept((byte)0)) throw Malformed("something follows its end");
            Take(_end - _start);
        }
        while (await MoreAsync(cancellationToken).ConfigureAwait(false));
        return null;
    }

    private async ValueTask<bool> MoreAsync(CancellationToken cancellationToken)
    {
        if (_start == _end) (_start, _end) = (0, 0);
        else if (_buffer.Length - _end < TarHeader.BlockLength)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        int read;
        try
        {
            read = await _tar.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new ImageRefusedException("A layer is no gzip stream, or is cut.", e);
        }
        _end += read;
        return read > 0;
    }

    private void Take(int count)
    {
        _start += count;
        _position += count;
    }

    private static ImageRefusedException Malformed(string what) => new($"A layer is no tar that can be read: {what}.");
}
