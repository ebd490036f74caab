namespace Pyrsia.Builds.Assembling;

/// <summary>
/// The file system of an image: layers applied one over the other, first those of the base, then those of a build. Keeps names and attributes, and no content: memory goes with the
/// number of entries.
/// </summary>
/// <param name="limits">How large it may become.</param>
/// <param name="time">The time of directories that no layer describes, in seconds since 1970.</param>
internal sealed class FileTree(ImageLimits limits, long time)
{
    /// <summary>Before the name of what a layer deletes.</summary>
    internal const string Whiteout = ".wh.";

    /// <summary>In a directory: what it held before is deleted.</summary>
    private const string Opaque = ".wh..wh..opq";

    /// <summary>What unions of file systems keep for themselves.</summary>
    private const string Reserved = ".wh..wh.";

    /// <summary>Files of which the content is kept: they list what is installed. A few megabytes each at most.</summary>
    private static readonly HashSet<string> Lists = new(InstalledPackages.Files, StringComparer.Ordinal);

    private int _entries;
    private long _bytes;

    /// <summary>The root directory.</summary>
    internal FileNode Root { get; } = new() { Now = FileAttributes.PlainDirectory(time) };

    /// <summary>Makes what is there now the base.</summary>
    internal void Settle() => Root.Settle();

    /// <summary>Applies a layer of which only the digests of its files are kept.</summary>
    /// <param name="layer">Its tar, uncompressed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ImageRefusedException">It is no layer.</exception>
    internal async Task ApplyAsync(Stream layer, CancellationToken cancellationToken)
    {
        using var hash = new HashingStream();
        await ApplyAsync(
            layer,
            async (reader, entry) =>
            {
                if (Lists.Contains(entry.Name) && entry.Size <= InstalledPackages.MaxBytes)
                {
                    using var list = new MemoryStream();
                    await reader.CopyContentAsync(list, cancellationToken).ConfigureAwait(false);
                    return FileContent.In(list.ToArray());
                }
                await reader.CopyContentAsync(hash, cancellationToken).ConfigureAwait(false);
                return FileContent.Of(hash.GetDigest(), entry.Size);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Applies a layer that is a range of a file of this machine, from which its files are read again.</summary>
    /// <param name="path">The file, which stays as it is as long as the tree is used.</param>
    /// <param name="offset">Where the tar begins.</param>
    /// <param name="length">Its length.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ImageRefusedException">It is no layer.</exception>
    internal async Task ApplyAsync(string path, long offset, long length, CancellationToken cancellationToken)
    {
        await using var layer = new FileRange(path, offset, length);
        await ApplyAsync(layer, (reader, entry) => ValueTask.FromResult(FileContent.At(path, offset + reader.ContentOffset, entry.Size)), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts a file in place, with the directories above it.</summary>
    /// <param name="name">Its name in the file system, as a string of bytes.</param>
    /// <param name="mode">Permissions.</param>
    /// <param name="content">Its content.</param>
    /// <exception cref="ImageRefusedException">Something on the way is no directory, such as a link to one, a directory stands there, or the name is one that deletes in a layer.</exception>
    internal void Put(string name, int mode, FileContent content)
    {
        if (name.Split('/').Any(segment => segment.StartsWith(Whiteout, StringComparison.Ordinal))) throw new ImageRefusedException($"'{name}' has a part that begins with {Whiteout}, which deletes in a layer.");
        Count(content.Size, name);
        var node = Find(LayerName.Parse(name));
        if (node.Now is { Kind: LayerEntryKind.Directory }) throw new ImageRefusedException($"A file is to stand at '{name}', where a directory is.");
        Set(node, new FileAttributes(LayerEntryKind.File, mode, 0, 0, time, "", null, 0, 0, content));
    }

    /// <summary>What is at a name now; null for nothing.</summary>
    internal FileAttributes? this[string name] => Known(name)?.Now;

    /// <summary>Applies a layer.</summary>
    /// <param name="layer">Its tar, uncompressed.</param>
    /// <param name="keep">Makes of a file's entry what is kept of its content; what it does not read is passed over.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ImageRefusedException">It is no layer.</exception>
    internal async Task ApplyAsync(Stream layer, Func<LayerReader, LayerEntry, ValueTask<FileContent>> keep, CancellationToken cancellationToken)
    {
        using var reader = new LayerReader(layer, limits);
        var (added, emptied) = (new HashSet<FileNode>(), new HashSet<string>(StringComparer.Ordinal));
        while (await reader.NextAsync(cancellationToken).ConfigureAwait(false) is { } entry)
        {
            var slash = entry.Name.LastIndexOf('/');
            var (folder, last) = slash < 0 ? ("", entry.Name) : (entry.Name[..slash], entry.Name[(slash + 1)..]);
            // A second such mark finds nothing that the first has left.
            if (last == Opaque && emptied.Add(folder) && Known(folder) is { } whole) Clear(whole, added);
            if (last.StartsWith(Reserved, StringComparison.Ordinal)) continue;
            if (last.StartsWith(Whiteout, StringComparison.Ordinal)) Delete(Known(folder), last[Whiteout.Length..], added);
            else Add(entry, entry.Kind == LayerEntryKind.File ? await keep(reader, entry).ConfigureAwait(false) : null, added);
        }
    }

    private void Add(LayerEntry entry, FileContent? content, HashSet<FileNode> added)
    {
        Count(entry.Size, entry.Name);
        var node = Find(entry.Name);
        var isDirectory = entry.Kind == LayerEntryKind.Directory;
        if (entry.Name.Length == 0 && !isDirectory) throw new ImageRefusedException("A layer has a root that is no directory.");
        if (isDirectory ? added.Contains(node) && node.Now is not { Kind: LayerEntryKind.Directory } : added.Contains(node) || HasAdded(node, added)) throw new ImageRefusedException($"A layer has '{entry.Name}' twice.");
        Set(node, entry.Kind == LayerEntryKind.HardLink ? Linked(entry, added) : new FileAttributes(entry.Kind, entry.Mode, entry.UserId, entry.GroupId, entry.Seconds, entry.Target, entry.Capability, entry.Major, entry.Minor, content));
        added.Add(node);
    }

    private FileAttributes Linked(LayerEntry entry, HashSet<FileNode> added) =>
        Known(entry.Target) is { Now: { Kind: not LayerEntryKind.Directory } linked } file && added.Contains(file)
            ? linked
            : throw new ImageRefusedException($"A layer has a hard link '{entry.Name}' to '{entry.Target}', which is no file before it in the layer.");

    /// <summary>A directory over a directory keeps what is in it; everything else takes the place.</summary>
    private static void Set(FileNode node, FileAttributes attributes)
    {
        if (attributes.Kind != LayerEntryKind.Directory && node.Now is { Kind: LayerEntryKind.Directory }) node.Clear();
        node.Now = attributes;
    }

    /// <summary>A deletion means what layers below had, wherever it stands in its layer.</summary>
    private static void Delete(FileNode? folder, string segment, HashSet<FileNode> added)
    {
        if (segment.Length == 0) throw new ImageRefusedException("A layer deletes something without a name.");
        if (folder?.Children is null || !folder.Children.TryGetValue(segment, out var node) || node.Now is null || added.Contains(node)) return;
        if (HasAdded(node, added)) Clear(node, added);
        else node.Remove();
    }

    private static void Clear(FileNode node, HashSet<FileNode> added)
    {
        foreach (var child in Present(node))
        {
            if (!added.Contains(child) && !HasAdded(child, added)) child.Remove();
            else Clear(child, added);
        }
    }

    private static bool HasAdded(FileNode node, HashSet<FileNode> added) => Present(node).Any(child => added.Contains(child) || HasAdded(child, added));

    private static IEnumerable<FileNode> Present(FileNode node) => node.Children is null ? [] : node.Children.Values.Where(child => child.Now is not null);

    /// <summary>The place of a name; null where there never was one.</summary>
    private FileNode? Known(string name)
    {
        var node = Root;
        if (name.Length == 0) return node;
        foreach (var segment in name.Split('/'))
            if (node.Children is null || !node.Children.TryGetValue(segment, out node!)) return null;
        return node;
    }

    /// <summary>The place of a name, with directories on the way where there is nothing.</summary>
    private FileNode Find(string name)
    {
        var node = Root;
        if (name.Length == 0) return node;
        foreach (var segment in name.Split('/'))
        {
            node.Now ??= FileAttributes.PlainDirectory(time);
            if (node.Now.Kind != LayerEntryKind.Directory) throw new ImageRefusedException($"A layer has an entry '{name}' below something that is no directory.");
            node = node.Child(segment);
        }
        return node;
    }

    private void Count(long size, string name)
    {
        if (++_entries > limits.MaxEntries) throw new ImageRefusedException($"The image has more than {limits.MaxEntries} entries in its layers.");
        if (size > limits.MaxBytes - _bytes) throw new ImageRefusedException($"The image has more than {limits.MaxBytes} bytes in its layers, with '{name}'.");
        _bytes += size;
    }
}
