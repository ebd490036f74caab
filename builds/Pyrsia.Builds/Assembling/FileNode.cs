namespace Pyrsia.Builds.Assembling;

/// <summary>What an entry of a file system is, without its name. Names of one file share one.</summary>
/// <param name="Kind">Never a hard link: that is a second name.</param>
/// <param name="Mode">Permissions.</param>
/// <param name="UserId">Owner.</param>
/// <param name="GroupId">Group.</param>
/// <param name="Seconds">Time in seconds since 1970.</param>
/// <param name="Target">What a symbolic link says.</param>
/// <param name="Capability">A file's capabilities; null for none.</param>
/// <param name="Major">A device's number.</param>
/// <param name="Minor">A device's number.</param>
/// <param name="Content">A file's content; null of all else.</param>
internal sealed record FileAttributes(LayerEntryKind Kind, int Mode, long UserId, long GroupId, long Seconds, string Target, byte[]? Capability, long Major, long Minor, FileContent? Content)
{
    /// <summary>A directory that nobody has described.</summary>
    internal static FileAttributes PlainDirectory(long seconds) => new(LayerEntryKind.Directory, 0x1ed, 0, 0, seconds, "", null, 0, 0, null); // 0755

    /// <summary>Whether it is the same but for its time: reading or building changes times where it changes nothing else.</summary>
    internal async ValueTask<bool> IsSameAsync(FileAttributes other, CancellationToken cancellationToken)
    {
        if (ReferenceEquals(this, other)) return true;
        if ((Kind, Mode, UserId, GroupId, Target, Major, Minor) != (other.Kind, other.Mode, other.UserId, other.GroupId, other.Target, other.Major, other.Minor)) return false;
        if (!Capability.AsSpan().SequenceEqual(other.Capability) || Content?.Size != other.Content?.Size) return false;
        if (Content is null) return true;
        var (mine, theirs) = (await Content.DigestAsync(cancellationToken).ConfigureAwait(false), await other.Content!.DigestAsync(cancellationToken).ConfigureAwait(false));
        return mine.AsSpan().SequenceEqual(theirs);
    }
}

/// <summary>A place in a file system: what is there in the base, and what is there now.</summary>
internal sealed class FileNode
{
    /// <summary>What is there in the base; null for nothing.</summary>
    internal FileAttributes? Base { get; set; }

    /// <summary>What is there now; null for nothing.</summary>
    internal FileAttributes? Now { get; set; }

    /// <summary>The places below, also those where nothing is any more.</summary>
    internal Dictionary<string, FileNode>? Children { get; private set; }

    /// <summary>The place of that name below.</summary>
    internal FileNode Child(string segment)
    {
        Children ??= new Dictionary<string, FileNode>(StringComparer.Ordinal);
        if (!Children.TryGetValue(segment, out var child)) Children[segment] = child = new FileNode();
        return child;
    }

    /// <summary>Removes what is below.</summary>
    internal void Clear()
    {
        if (Children is null) return;
        foreach (var child in Children.Values) child.Remove();
    }

    /// <summary>Removes what is here and below.</summary>
    internal void Remove()
    {
        Now = null;
        Clear();
    }

    /// <summary>Makes what is here and below the base.</summary>
    internal void Settle()
    {
        Base = Now;
        if (Children is null) return;
        foreach (var child in Children.Values) child.Settle();
    }
}
