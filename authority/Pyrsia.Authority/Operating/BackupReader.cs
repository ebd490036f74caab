using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace Pyrsia.Authority.Operating;

/// <summary>Reads the entries of a backup one after another. Only when all were read without an error are they those that were written.</summary>
internal sealed class BackupReader(string path) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);

    public void Dispose() => _file.Dispose();

    /// <summary>Reads all entries but the last, which holds their digest.</summary>
    /// <exception cref="InvalidDataException">It is no backup, it was cut off, or something in it was changed.</exception>
    internal IEnumerable<(string Name, byte[] Bytes)> Entries()
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var tar = new TarReader(_file, leaveOpen: true);
        while (true)
        {
            var (name, bytes) = Next(tar) ?? throw new InvalidDataException("its end is missing");
            if (name == BackupNames.Digest)
            {
                if (Encoding.ASCII.GetString(bytes) != Convert.ToHexStringLower(digest.GetHashAndReset())) throw new InvalidDataException("what it holds is not what its digest says");
                if (Next(tar) is not null) throw new InvalidDataException("something follows its end");
                yield break;
            }
            BackupWriter.Append(digest, name, bytes);
            yield return (name, bytes);
        }
    }

    private static (string Name, byte[] Bytes)? Next(TarReader tar)
    {
        try
        {
            if (tar.GetNextEntry() is not { } entry) return null;
            if (entry.EntryType != TarEntryType.RegularFile || BackupNames.MaxLength(entry.Name) is not { } limit) throw new InvalidDataException($"it holds '{entry.Name}', which is no entry of a backup");
            if (entry.Length > limit) throw new InvalidDataException($"its entry '{entry.Name}' is longer than such an entry can be");
            var bytes = new byte[entry.Length];
            entry.DataStream?.ReadExactly(bytes);
            return (entry.Name, bytes);
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"it is no whole tar: {e.Message}", e);
        }
    }
}
