using System.Text.Json;
using Pyrsia.Contracts;

namespace Pyrsia.Node.Hosting;

/// <summary>A program's data directory: of a known format, writable, and used by one process at a time.</summary>
public sealed class DataDirectory : IDisposable
{
    /// <summary>The format that this program writes. A directory with a higher one is refused, never converted back.</summary>
    public const int Format = 1;

    private const string FormatFile = "format.json";
    private const string LockFile = "lock";

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>A path below it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Opens the directory, making it where there is none.</summary>
    /// <exception cref="StartupException">It cannot be written, is in use, or was written by a newer version.</exception>
    public static DataDirectory Open(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var formatFile = System.IO.Path.Combine(path, FormatFile);
            if (File.Exists(formatFile)) CheckFormat(path, File.ReadAllBytes(formatFile));
            var held = Acquire(path, FileAccess.ReadWrite);
            if (!File.Exists(formatFile)) DurableFile.Write(formatFile, JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, int> { ["format"] = Format }));
            return new DataDirectory(path, held);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new StartupException($"The data directory {path} cannot be used: {e.Message}", "Give a directory that this user may write with --data-dir.", inner: e);
        }
    }

    /// <summary>Whether a program was ever started with a directory, and whether one runs with it now. Changes nothing.</summary>
    public static (bool IsNew, bool IsInUse) Look(string path)
    {
        if (!File.Exists(System.IO.Path.Combine(path, FormatFile))) return (true, false);
        try
        {
            using (Acquire(path, FileAccess.Read)) return (false, false);
        }
        catch (StartupException)
        {
            return (false, true);
        }
        catch (UnauthorizedAccessException)
        {
            return (false, false);
        }
    }

    /// <summary>Opens a directory that no process uses, to read what is in it, and keeps others out until it is closed.</summary>
    /// <exception cref="StartupException">There is none, it cannot be read, is in use, or was written by a newer version.</exception>
    public static DataDirectory OpenForReading(string path)
    {
        try
        {
            var formatFile = System.IO.Path.Combine(path, FormatFile);
            if (!File.Exists(formatFile)) throw new StartupException($"{path} is no data directory that a program has been started with.", "Give the right one with --data-dir.");
            CheckFormat(path, File.ReadAllBytes(formatFile));
            return new DataDirectory(path, Acquire(path, FileAccess.Read));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new StartupException($"The data directory {path} cannot be read: {e.Message}", "Run this as the user whose directory it is.", inner: e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static FileStream Acquire(string path, FileAccess access)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(path, LockFile), FileMode.OpenOrCreate, access, FileShare.None);
        }
        catch (IOException e) when (e is not DirectoryNotFoundException)
        {
            throw new StartupException($"The data directory {path} is in use by another process.", "Stop that process, or give another directory with --data-dir.", inner: e);
        }
    }

    private static void CheckFormat(string path, byte[] content)
    {
        int format;
        try
        {
            using var json = JsonDocument.Parse(content);
            format = json.RootElement.GetProperty("format").GetInt32();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new StartupException($"{path}/{FormatFile} is damaged, so the format of the data is unknown.", "Restore the directory from a backup, or start with an empty one.", inner: e);
        }
        if (format > Format) throw new StartupException($"The data directory {path} has format {format}; this program knows {Format} and older.", "Use the newer program that wrote it, or an empty directory.");
    }
}
