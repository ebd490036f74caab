using System.Text;

namespace Pyrsia.Builds.Outputs;

/// <summary>
/// Writes a directory as a tar that is the same wherever and whenever it is written: entries ordered by name, one time, no owner, modes 0644 and 0755 only (any other mode would
/// leak into jars through resources). Names longer than a header takes go into pax headers.
/// </summary>
public static class SourceArchive
{
    private const int MaxHeaderName = 100;

    /// <summary>Largest size that a header takes: eleven octal digits.</summary>
    private const long MaxFileBytes = (1L << 33) - 1;

    private const int FileMode = 0x1a4; // 0644

    private const int DirectoryMode = 0x1ed; // 0755

    /// <summary>Writes it.</summary>
    /// <param name="directory">The tree. <c>.git</c> at its top is left out.</param>
    /// <param name="output">Takes the tar.</param>
    /// <param name="time">The time of every entry, at or after 1970, in whole seconds.</param>
    /// <param name="rules">How much is taken; symbolic links are, when they stay in the tree.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SourceRefusedException">The tree has a link that leads out of it, a name that no archive takes, or too much.</exception>
    /// <exception cref="IOException">A file can't be read, or changed meanwhile.</exception>
    public static async Task WriteAsync(string directory, Stream output, DateTimeOffset time, OutputRules rules, CancellationToken cancellationToken)
    {
        var root = Path.GetFullPath(directory);
        var entries = new List<(string Name, FileSystemInfo Info)>();
        Collect(new DirectoryInfo(root), "", entries, rules.MaxEntries);
        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        var bytes = 0L;
        foreach (var (name, info) in entries)
        {
            if (info is FileInfo { LinkTarget: null } file && (bytes += file.Length) > rules.MaxBytes) throw new SourceRefusedException($"The source is larger than {rules.MaxBytes} bytes.");
            await WriteEntryAsync(name, info, output, time.ToUnixTimeSeconds(), cancellationToken).ConfigureAwait(false);
        }
        await output.WriteAsync(new byte[2 * TarHeader.BlockLength], cancellationToken).ConfigureAwait(false);
    }

    private static void Collect(DirectoryInfo directory, string prefix, List<(string Name, FileSystemInfo Info)> entries, int limit)
    {
        foreach (var info in directory.EnumerateFileSystemInfos())
        {
            if (prefix.Length == 0 && info.Name == ".git") continue;
            if (entries.Count >= limit) throw new SourceRefusedException($"The source has more than {limit} entries.");
            var name = prefix + info.Name;
            Check(name);
            entries.Add((name, info));
            if (info is DirectoryInfo { LinkTarget: null } inner) Collect(inner, name + "/", entries, limit);
        }
    }

    private static async Task WriteEntryAsync(string name, FileSystemInfo info, Stream output, long seconds, CancellationToken cancellationToken)
    {
        if (info.LinkTarget is { } target)
        {
            if (!ArchiveName.StaysInside(name, target)) throw new SourceRefusedException($"The link {name} leads to {target}, out of the source.");
            await HeadAsync(output, name, target, '2', 0x1ff, 0, seconds, cancellationToken).ConfigureAwait(false);
            return;
        }
        if (info is not FileInfo file)
        {
            await HeadAsync(output, name + "/", "", '5', DirectoryMode, 0, seconds, cancellationToken).ConfigureAwait(false);
            return;
        }
        if (file.Length > MaxFileBytes) throw new SourceRefusedException($"{name} is larger than {MaxFileBytes} bytes.");
        var executable = !OperatingSystem.IsWindows() && file.UnixFileMode.HasFlag(UnixFileMode.UserExecute);
        await HeadAsync(output, name, "", '0', executable ? DirectoryMode : FileMode, file.Length, seconds, cancellationToken).ConfigureAwait(false);
        // An empty file is not opened: a pipe looks like one, and opening it would wait for ever.
        if (file.Length > 0) await ContentAsync(file, output, cancellationToken).ConfigureAwait(false);
    }

    private static async Task ContentAsync(FileInfo file, Stream output, CancellationToken cancellationToken)
    {
        var size = file.Length;
        await using var content = file.OpenRead();
        var buffer = new byte[64 << 10];
        for (var left = size; left > 0;)
        {
            var read = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancellationToken).ConfigureAwait(false);
            if (read == 0) throw new IOException($"{file.FullName} became shorter while it was read.");
            await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            left -= read;
        }
        await PadAsync(output, size, cancellationToken).ConfigureAwait(false);
    }

    private static async Task HeadAsync(Stream output, string name, string target, char type, int mode, long size, long seconds, CancellationToken cancellationToken)
    {
        var (nameBytes, targetBytes) = (Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(target));
        var block = new byte[TarHeader.BlockLength];
        byte[] records = [.. nameBytes.Length > MaxHeaderName ? PaxRecords.Write("path", nameBytes) : [], .. targetBytes.Length > MaxHeaderName ? PaxRecords.Write("linkpath", targetBytes) : []];
        if (records.Length > 0)
        {
            TarHeader.Write(block, "pax"u8, [], 'x', FileMode, records.Length, seconds);
            await output.WriteAsync(block, cancellationToken).ConfigureAwait(false);
            await output.WriteAsync(records, cancellationToken).ConfigureAwait(false);
            await PadAsync(output, records.Length, cancellationToken).ConfigureAwait(false);
        }
        TarHeader.Write(block, nameBytes.AsSpan(0, Math.Min(nameBytes.Length, MaxHeaderName)), targetBytes.AsSpan(0, Math.Min(targetBytes.Length, MaxHeaderName)), type, mode, size, seconds);
        await output.WriteAsync(block, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A pax record, whose length counts its own digits.</summary>
    private static async Task PadAsync(Stream output, long size, CancellationToken cancellationToken)
    {
        var padding = (int)((TarHeader.BlockLength - (size % TarHeader.BlockLength)) % TarHeader.BlockLength);
        await output.WriteAsync(new byte[padding], cancellationToken).ConfigureAwait(false);
    }

    private static void Check(string name)
    {
        try
        {
            _ = ArchiveName.Parse(Encoding.UTF8.GetBytes(name));
        }
        catch (OutputRefusedException e)
        {
            throw new SourceRefusedException($"The source has a file whose name no archive takes ({e.Reason}): {name}", e);
        }
    }
}
