namespace Pyrsia.Libp2p;

/// <summary>The private key on disk: a libp2p private key protobuf, mode 0600, created once and never replaced.</summary>
public static class IdentityFile
{
    /// <summary>Largest file that is read, in bytes; the longest valid one has 100.</summary>
    public const int MaxLength = 1024;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Loads the identity, or creates it when the file does not exist.</summary>
    /// <exception cref="IdentityFileException">The file is damaged or readable by others; it is left as it is.</exception>
    public static KeyPair LoadOrCreate(string path) => File.Exists(path) ? Load(path) : Create(path);

    /// <summary>Creates a new identity; refuses when the file exists.</summary>
    public static KeyPair Create(string path)
    {
        var pair = KeyPair.Generate();
        var full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var temporary = full + "." + Guid.NewGuid().ToString("N") + ".new";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
            using (var file = new FileStream(temporary, options))
            {
                file.Write(pair.EncodePrivate());
                file.Flush(flushToDisk: true);
            }
            // A move without overwrite is what keeps two starting processes from replacing each other's key.
            File.Move(temporary, full, overwrite: false);
            return pair;
        }
        catch (IOException) when (File.Exists(full))
        {
            throw new IdentityFileException($"The identity file '{full}' exists already and is not replaced. Load it, or move it away first.");
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Loads an existing identity.</summary>
    public static KeyPair Load(string path)
    {
        var full = Path.GetFullPath(path);
        if (!File.Exists(full)) throw new IdentityFileException($"The identity file '{full}' does not exist.");
        if (!OperatingSystem.IsWindows())
        {
            var mode = File.GetUnixFileMode(full);
            if ((mode & ~OwnerOnly) != 0)
                throw new IdentityFileException($"The identity file '{full}' is accessible to others. Run: chmod 600 '{full}'.");
        }
        if (new FileInfo(full).Length > MaxLength || !KeyPair.TryDecodePrivate(File.ReadAllBytes(full), out var pair))
            throw new IdentityFileException($"The identity file '{full}' is damaged. Restore it from a backup; a new key would be a new peer id.");
        return pair;
    }
}
