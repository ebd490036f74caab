namespace Pyrsia.Builds.Assembling;

/// <summary>Kinds of entry in a layer.</summary>
internal enum LayerEntryKind
{
    /// <summary>A file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link, whose target is text that leads wherever it leads in the container.</summary>
    SymbolicLink,

    /// <summary>Another name of a file of the same layer.</summary>
    HardLink,

    /// <summary>A character device.</summary>
    CharacterDevice,

    /// <summary>A block device.</summary>
    BlockDevice,

    /// <summary>A named pipe.</summary>
    Pipe,
}

/// <summary>
/// An entry of a layer. Names are bytes to an image and need not be UTF-8, so a name here is a string of bytes: one character for each, and ordinal order is that of the bytes.
/// </summary>
/// <param name="Name">Segments with '/' between, none of them empty, <c>.</c> or <c>..</c>; empty for the root.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Mode">Permissions, with the bits for set user, set group and sticky.</param>
/// <param name="UserId">Owner, by number.</param>
/// <param name="GroupId">Group, by number.</param>
/// <param name="Seconds">Its time in whole seconds since 1970, never before.</param>
/// <param name="Size">Bytes of content; 0 for all but files.</param>
/// <param name="Target">What a link leads to, as a string of bytes; of a hard link a name like <paramref name="Name"/>.</param>
/// <param name="Capability">The file's capabilities, as the kernel keeps them; null for none.</param>
/// <param name="Major">A device's number.</param>
/// <param name="Minor">A device's number.</param>
internal sealed record LayerEntry(
    string Name, LayerEntryKind Kind, int Mode, long UserId, long GroupId, long Seconds, long Size, string Target, byte[]? Capability, long Major, long Minor);
