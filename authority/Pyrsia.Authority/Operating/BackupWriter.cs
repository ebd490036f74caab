using System.Buffers.Binary;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Pyrsia.Contracts;

namespace Pyrsia.Authority.Operating;

/// <summary>Writes a backup: whole and durable under its name, or not at all. It holds private keys, so nobody else may read it.</summary>
internal sealed class BackupWriter : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly string _temporary;
    private readonly FileStream _file;
    private readonly TarWriter _tar;
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly DateTimeOffset _time;

    /// <exception cref="IOException">There is such a file, or it cannot be made.</exception>
    internal BackupWriter(string path, DateTimeOffset time)
    {
        if (File.Exists(path)) throw new IOException($"{path} exists and is not replaced");
        (_path, _temporary, _time) = (path, path + ".part", time);
        File.Delete(_temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        _file = new FileStream(_temporary, options);
        _tar = new TarWriter(_file, TarEntryFormat.Pax, leaveOpen: true);
    }

    /// <summary>Adds an entry.</summary>
    internal void Add(string name, ReadOnlyMemory<byte> bytes)
    {
        if (BackupNames.MaxLength(name) is not { } limit || bytes.Length > limit) throw new IOException($"{name} of {bytes.Length} bytes cannot be put into a backup");
        Append(_digest, name, bytes.Span);
        Write(name, bytes);
    }

    /// <summary>Ends the backup and gives it its name.</summary>
    /// <returns>The digest that its last entry holds, in hexadecimal.</returns>
    internal string Complete()
    {
        var digest = Convert.ToHexStringLower(_digest.GetHashAndReset());
        Write(BackupNames.Digest, Encoding.ASCII.GetBytes(digest));
        _tar.Dispose();
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        File.Move(_temporary, _path, overwrite: false);
        DurableFile.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        return digest;
    }

    public void Dispose()
    {
        _tar.Dispose();
        _file.Dispose();
        _digest.Dispose();
        File.Delete(_temporary);
    }

    /// <summary>Takes an entry into the running digest.</summary>
    internal static void Append(IncrementalHash digest, string name, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[1 + sizeof(ulong)];
        length[0] = 0;
        BinaryPrimitives.WriteUInt64BigEndian(length[1..], (ulong)bytes.Length);
        digest.AppendData(Encoding.UTF8.GetBytes(name));
        digest.AppendData(length);
        digest.AppendData(bytes);
    }

    private void Write(string name, ReadOnlyMemory<byte> bytes)
    {
        using var content = new MemoryStream(bytes.ToArray(), writable: false);
        _tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = OwnerOnly, ModificationTime = _time });
    }
}
