namespace Pyrsia.Builds.Assembling;

/// <summary>
/// Writes what a build has changed of its base as one layer: directories before what is in them, names in the order of their bytes, what is gone as a deletion, times no later than the
/// output timestamp. What is the same but for its time is left out, so that how a program made the change does not show.
/// </summary>
/// <param name="writer">Takes the layer.</param>
/// <param name="time">The output timestamp, in seconds since 1970.</param>
internal sealed class LayerDelta(LayerWriter writer, long time)
{
    /// <summary>What programs that run containers leave where they have mounted something, when the base has nothing there: empty files.</summary>
    private static readonly HashSet<string> MountPoints = new(StringComparer.Ordinal) { ".dockerenv", "etc/hosts", "etc/hostname", "etc/resolv.conf", "run/.containerenv" };

    /// <summary>Directories whose content is the kernel's, and never an image's.</summary>
    private static readonly HashSet<string> KernelDirectories = new(StringComparer.Ordinal) { "dev", "proc", "sys" };

    /// <summary>Directories that such programs make for what they mount, when the base has none.</summary>
    private static readonly HashSet<string> MountFolders = new(StringComparer.Ordinal) { "dev", "etc", "proc", "run", "sys" };

    private readonly Dictionary<FileAttributes, string> _written = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether nothing has changed.</summary>
    internal bool IsEmpty { get; private set; } = true;

    /// <summary>Writes all changes.</summary>
    internal async Task WriteAsync(FileNode root, CancellationToken cancellationToken)
    {
        // The root has no entry in a layer: its attributes are those of every container's root.
        await WriteChildrenAsync("", root, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask WriteChildrenAsync(string prefix, FileNode node, CancellationToken cancellationToken)
    {
        if (node.Children is null) return;
        // Sorted by the name as an entry has it: a deletion's begins with its mark.
        foreach (var (name, child) in node.Children.Select(c => (Name: IsGone(node, c.Value) ? FileTree.Whiteout + c.Key : c.Key, c.Value)).OrderBy(c => c.Name, StringComparer.Ordinal).ToArray())
            await WriteNodeAsync(prefix + name, node, child, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask WriteNodeAsync(string name, FileNode parent, FileNode node, CancellationToken cancellationToken)
    {
        if (node.Now is null)
        {
            if (IsGone(parent, node)) await PutAsync(name, new FileAttributes(LayerEntryKind.File, 0, 0, 0, 0, "", null, 0, 0, null), cancellationToken).ConfigureAwait(false);
            return;
        }
        if (IsMountPoint(name, node)) return;
        if (node.Base is null || !await node.Now.IsSameAsync(node.Base, cancellationToken).ConfigureAwait(false)) await PutAsync(name, node.Now, cancellationToken).ConfigureAwait(false);
        if (node.Now.Kind == LayerEntryKind.Directory && !KernelDirectories.Contains(name)) await WriteChildrenAsync(name + "/", node, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsMountPoint(string name, FileNode node)
    {
        if (node is { Base: null, Now: { Kind: LayerEntryKind.File, Content.Size: 0 } }) return MountPoints.Contains(name);
        return node is { Base: null, Now: { Kind: LayerEntryKind.Directory, UserId: 0, GroupId: 0 } } && MountFolders.Contains(name)
            && (KernelDirectories.Contains(name) || node.Children is null || node.Children.All(child => child.Value.Now is null || IsMountPoint($"{name}/{child.Key}", child.Value)));
    }

    /// <summary>Whether something of the base is deleted here, and is not gone because what held it is no directory any more.</summary>
    private static bool IsGone(FileNode parent, FileNode node) => node is { Now: null, Base: not null } && parent is { Now.Kind: LayerEntryKind.Directory, Base.Kind: LayerEntryKind.Directory };

    private async ValueTask PutAsync(string name, FileAttributes attributes, CancellationToken cancellationToken)
    {
        IsEmpty = false;
        var link = attributes.Kind != LayerEntryKind.Directory && !_written.TryAdd(attributes, name) ? _written[attributes] : null;
        await writer.WriteAsync(name, attributes, Math.Min(attributes.Seconds, time), link, cancellationToken).ConfigureAwait(false);
    }
}
