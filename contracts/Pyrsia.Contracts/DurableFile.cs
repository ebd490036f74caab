using System.Runtime.InteropServices;

namespace Pyrsia.Contracts;

/// <summary>Files that are there whole, or as they were, after a crash or a power cut.</summary>
public static partial class DurableFile
{
    private const string TemporarySuffix = ".tmp";

    /// <summary>
    /// Replaces a file's content: writes beside it, syncs, renames over it and syncs the directory, so that a crash
    /// leaves the old content or the new, and never a part.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="content">Its new content.</param>
    /// <param name="mode">The file's permissions; null for the process's default.</param>
    /// <exception cref="IOException">The file cannot be written; the old content stands.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode? mode = null)
    {
        var temporary = path + TemporarySuffix;
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 };
        if (mode is { } permissions && !OperatingSystem.IsWindows())
        {
            File.Delete(temporary);
            options.UnixCreateMode = permissions;
        }
        using (var file = new FileStream(temporary, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        Publish(temporary, path);
    }

    /// <summary>Renames a file that is already synced to its final name, and makes the name durable.</summary>
    /// <exception cref="IOException">The file cannot be renamed.</exception>
    public static void Publish(string temporary, string path)
    {
        File.Move(temporary, path, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Makes a directory, and those above it that are missing, with durable names.</summary>
    /// <exception cref="IOException">A directory cannot be made or synced.</exception>
    public static void CreateDirectory(string path)
    {
        path = Path.GetFullPath(path);
        if (Directory.Exists(path) || Path.GetDirectoryName(path) is not { } parent) return;
        CreateDirectory(parent);
        Directory.CreateDirectory(path);
        SyncDirectory(parent);
    }

    /// <summary>Makes the names in a directory durable: without this a new file's name may be lost with the power.</summary>
    /// <exception cref="IOException">The directory cannot be synced.</exception>
    public static void SyncDirectory(string directory)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(directory, OpenReadOnlyCloseOnExec);
        if (descriptor < 0) throw new IOException($"The directory {directory} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        try
        {
            if (Fsync(descriptor) != 0) throw new IOException($"The directory {directory} cannot be synced: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private const int OpenReadOnlyCloseOnExec = 0x80000;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
