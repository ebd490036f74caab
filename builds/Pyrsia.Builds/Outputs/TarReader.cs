namespace Pyrsia.Builds.Outputs;

/// <summary>An entry of a tar that is taken.</summary>
/// <param name="Name">Its checked name; never empty.</param>
/// <param name="Type"><c>0</c> for a file, <c>5</c> for a directory, <c>2</c> for a symbolic link.</param>
/// <param name="Size">Bytes of content.</param>
/// <param name="IsExecutable">Whether the owner may run it.</param>
/// <param name="Target">What a link leads to, in its own tree; else empty.</param>
/// <param name="Seconds">Its time, in seconds since 1970; -1 where that is no number.</param>
internal sealed record TarEntry(string Name, char Type, long Size, bool IsExecutable, string Target, long Seconds);

/// <summary>
/// Reads a tar that somebody made who may mean harm. Takes memory for one block, one extension header and the names; checks every name, size, kind and number before it is used.
/// </summary>
/// <param name="tar">The archive.</param>
/// <param name="rules">What is taken.</param>
internal sealed class TarReader(Stream tar, OutputRules rules)
{
    /// <summary>Longest pax header or long name in bytes.</summary>
    private const int MaxExtensionBytes = 16 << 10;

    private readonly byte[] _block = new byte[TarHeader.BlockLength];
    private readonly HashSet<string> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);
    private int _entries;
    private long _bytes;
    private long _contentLeft;
    private long _padding;

    /// <summary>Goes to the next entry; null at the end.</summary>
    /// <exception cref="OutputRefusedException">The archive is refused.</exception>
    internal async ValueTask<TarEntry?> NextAsync(CancellationToken cancellationToken)
    {
        await CopyContentAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
        byte[]? longName = null, longLink = null;
        long? paxSize = null;
        while (true)
        {
            if (await ReadBlockAsync(cancellationToken).ConfigureAwait(false) is not { } header) return longName is null && longLink is null && paxSize is null ? null : throw Malformed();
            if (++_entries > rules.MaxEntries) throw new OutputRefusedException(OutputRefusal.TooManyEntries, null);
            switch (header.Type)
            {
                case 'L':
                    longName = WithoutEnd(await ExtensionAsync(header, cancellationToken).ConfigureAwait(false));
                    continue;
                case 'K':
                    longLink = WithoutEnd(await ExtensionAsync(header, cancellationToken).ConfigureAwait(false));
                    continue;
                case 'x':
                case 'g':
                    var records = PaxRecords.Read(await ExtensionAsync(header, cancellationToken).ConfigureAwait(false)) ?? throw Malformed();
                    // Sparse files say one size and hold another.
                    if (records.Keys.Any(key => key.StartsWith("GNU.sparse", StringComparison.Ordinal))) throw new OutputRefusedException(OutputRefusal.SpecialFile, null);
                    // A size or name for all entries that follow has no good use.
                    if (header.Type == 'g' && (records.ContainsKey("path") || records.ContainsKey("size") || records.ContainsKey("linkpath"))) throw Malformed();
                    longName = records.GetValueOrDefault("path") ?? longName;
                    longLink = records.GetValueOrDefault("linkpath") ?? longLink;
                    if (records.TryGetValue("size", out var size)) paxSize = PaxRecords.Number(size) ?? throw Malformed();
                    continue;
                default:
                    if (Entry(header with { Name = longName ?? header.Name, LinkName = longLink ?? header.LinkName, Size = paxSize ?? header.Size }) is { } entry) return entry;
                    (longName, longLink, paxSize) = (null, null, null);
                    continue;
            }
        }
    }

    /// <summary>Copies the rest of the current entry's content.</summary>
    /// <exception cref="OutputRefusedException">The archive ends before the content does.</exception>
    internal async ValueTask CopyContentAsync(Stream to, CancellationToken cancellationToken)
    {
        var buffer = new byte[(int)Math.Min(_contentLeft + _padding, 64 << 10)];
        while (_contentLeft + _padding > 0)
        {
            var read = await tar.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, _contentLeft + _padding)), cancellationToken).ConfigureAwait(false);
            if (read == 0) throw Malformed();
            var content = (int)Math.Min(read, _contentLeft);
            await to.WriteAsync(buffer.AsMemory(0, content), cancellationToken).ConfigureAwait(false);
            _contentLeft -= content;
            _padding -= read - content;
        }
    }

    /// <summary>Checks an entry; null when it is the root of the tree.</summary>
    private TarEntry? Entry(TarHeader header)
    {
        var name = ArchiveName.Parse(header.Name);
        var target = "";
        switch (header.Type)
        {
            case '0':
                if (header.Name is [.., (byte)'/']) throw new OutputRefusedException(OutputRefusal.BadName, name);
                if (header.Size > rules.MaxBytes - _bytes) throw new OutputRefusedException(OutputRefusal.TooManyBytes, name);
                _bytes += header.Size;
                Expect(header.Size);
                break;
            case '5':
                if (header.Size != 0) throw Malformed();
                break;
            case '2' when rules.InnerLinks:
                target = ArchiveName.Text(header.LinkName);
                if (header.Size != 0 || !ArchiveName.StaysInside(name, target)) throw new OutputRefusedException(OutputRefusal.Link, name);
                break;
            case '1' or '2':
                throw new OutputRefusedException(OutputRefusal.Link, name);
            default:
                throw new OutputRefusedException(OutputRefusal.SpecialFile, name);
        }
        if (name.Length == 0) return header.Type == '5' ? null : throw new OutputRefusedException(OutputRefusal.BadName, ".");
        Take(name, isDirectory: header.Type == '5');
        return new TarEntry(name, header.Type, header.Size, header.IsExecutable, target, header.Seconds);
    }

    /// <summary>No name is taken twice, and none below a file or link. A directory may be named again after what is in it.</summary>
    private void Take(string name, bool isDirectory)
    {
        for (var slash = name.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = name.IndexOf('/', slash + 1))
        {
            var parent = name[..slash];
            if (_files.Contains(parent)) throw new OutputRefusedException(OutputRefusal.Duplicate, name);
            _directories.Add(parent);
        }
        if (isDirectory)
        {
            if (_files.Contains(name)) throw new OutputRefusedException(OutputRefusal.Duplicate, name);
            _directories.Add(name);
        }
        else if (_directories.Contains(name) || !_files.Add(name)) throw new OutputRefusedException(OutputRefusal.Duplicate, name);
    }

    private void Expect(long size) => (_contentLeft, _padding) = (size, (TarHeader.BlockLength - (size % TarHeader.BlockLength)) % TarHeader.BlockLength);

    private async ValueTask<byte[]> ExtensionAsync(TarHeader header, CancellationToken cancellationToken)
    {
        if (header.Size > MaxExtensionBytes) throw new OutputRefusedException(OutputRefusal.BadName, null);
        Expect(header.Size);
        using var content = new MemoryStream((int)header.Size);
        await CopyContentAsync(content, cancellationToken).ConfigureAwait(false);
        return content.ToArray();
    }

    /// <summary>The next header; null at the end, behind which there are only zeros.</summary>
    private async ValueTask<TarHeader?> ReadBlockAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(cancellationToken).ConfigureAwait(false)) throw Malformed();
        if (_block.AsSpan().ContainsAnyExcept((byte)0)) return TarHeader.Read(_block) ?? throw Malformed();
        while (await FillAsync(cancellationToken).ConfigureAwait(false))
            if (_block.AsSpan().ContainsAnyExcept((byte)0)) throw Malformed();
        return null;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        var read = await tar.ReadAtLeastAsync(_block, _block.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return read == _block.Length || (read == 0 ? false : throw Malformed());
    }

    private static byte[] WithoutEnd(byte[] name) => name is [.. var text, 0] ? text : name;

    private static OutputRefusedException Malformed() => new(OutputRefusal.Malformed, null);
}
