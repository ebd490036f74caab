using System.Security.Cryptography;
using Pyrsia.Contracts;

namespace Pyrsia.Builds.Outputs;

/// <summary>Reads the tar that came out of a sandbox into a directory.</summary>
public static class OutputArchive
{
    /// <summary>Unpacks an archive as a whole or not at all.</summary>
    /// <param name="tar">The archive, uncompressed; read to its end, not disposed.</param>
    /// <param name="directory">Made new. It is there afterwards only when the archive was taken. Its files belong to this program, with mode 0644 or 0755.</param>
    /// <param name="rules">What is taken.</param>
    /// <param name="cancellationToken">Gives up; the directory is removed.</param>
    /// <exception cref="IOException">The directory is there already or can't be written to.</exception>
    public static async Task<OutputReading> ExtractAsync(Stream tar, string directory, OutputRules rules, CancellationToken cancellationToken)
    {
        directory = Path.GetFullPath(directory);
        if (Path.Exists(directory)) throw new IOException($"{directory} is there already.");
        Directory.CreateDirectory(directory);
        var taken = false;
        try
        {
            var reading = await ExtractAllAsync(tar, directory, rules, cancellationToken).ConfigureAwait(false);
            taken = true;
            return reading;
        }
        catch (OutputRefusedException e)
        {
            return new OutputReading(e.Reason, e.Entry, []);
        }
        finally
        {
            if (!taken) Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<OutputReading> ExtractAllAsync(Stream tar, string directory, OutputRules rules, CancellationToken cancellationToken)
    {
        var reader = new TarReader(tar, rules);
        var files = new List<OutputFile>();
        var newest = -1L;
        while (await reader.NextAsync(cancellationToken).ConfigureAwait(false) is { } entry)
        {
            var path = Path.Combine(directory, entry.Name);
            Directory.CreateDirectory(entry.Type == '5' ? path : Path.GetDirectoryName(path)!);
            if (entry.Type == '2') File.CreateSymbolicLink(path, entry.Target);
            if (entry.Type != '0') continue;
            files.Add(new OutputFile(entry.Name, path, entry.Size, await WriteAsync(reader, path, entry, cancellationToken).ConfigureAwait(false), entry.IsExecutable));
            newest = Math.Max(newest, entry.Seconds);
        }
        return new OutputReading(null, null, [.. files.OrderBy(f => f.Name, StringComparer.Ordinal)], newest);
    }

    private static async Task<Digest> WriteAsync(TarReader reader, string path, TarEntry entry, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = (UnixFileMode)Convert.ToInt32(entry.IsExecutable ? "755" : "644", 8);
        await using var file = new FileStream(path, options);
        await reader.CopyContentAsync(file, cancellationToken).ConfigureAwait(false);
        file.Position = 0;
        return new Digest(await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false));
    }
}
