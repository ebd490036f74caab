using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Pyrsia.Builds.Differences;

/// <summary>How far two archives may be read.</summary>
public sealed record ArchiveLimits
{
    /// <summary>Most entries of one archive.</summary>
    public int Entries { get; init; } = 100_000;

    /// <summary>Most unpacked bytes of one archive: a small file can unpack to a very large one.</summary>
    public long Bytes { get; init; } = 2L << 30;
}

/// <summary>
/// In which entries two archives of the zip family (jar, war, zip) differ: what makes a build that is not reproducible differ is mostly a time, an order, or one
/// generated file. Pure: two streams in, a report out.
/// </summary>
/// <param name="Differences">The entries that differ, in the order of the first archive, then those that only the second has.</param>
public sealed record ArchiveReport(IReadOnlyList<EntryDifference> Differences)
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Compares two archives.</summary>
    /// <param name="first">The one, seekable.</param>
    /// <param name="second">The other, seekable.</param>
    /// <param name="limits">How far they are read.</param>
    /// <returns>Null when one of them is no such archive, is damaged, or goes beyond the limits.</returns>
    public static ArchiveReport? Compare(Stream first, Stream second, ArchiveLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return Read(first, limits) is { } one && Read(second, limits) is { } other ? new ArchiveReport([.. Compare(one, other)]) : null;
    }

    private static IEnumerable<EntryDifference> Compare(IReadOnlyList<Entry> first, IReadOnlyList<Entry> second)
    {
        // A name can stand twice; the n-th of one archive is compared with the n-th of the other.
        var others = second.ToDictionary(e => e.Key);
        var keys = first.Select(e => e.Key).ToHashSet();
        var common = second.Select(e => e.Key).Where(keys.Contains).ToArray();
        var place = 0;
        foreach (var entry in first)
        {
            if (!others.Remove(entry.Key, out var other))
            {
                yield return new EntryDifference(entry.Key.Name, EntryDifferenceKind.OnlyInFirst, Size(entry));
                continue;
            }
            if (Compare(entry, other, common[place] == entry.Key) is { } difference) yield return difference;
            place++;
        }
        foreach (var entry in second.Where(e => others.ContainsKey(e.Key))) yield return new EntryDifference(entry.Key.Name, EntryDifferenceKind.OnlyInSecond, Size(entry));
    }

    private static EntryDifference? Compare(Entry entry, Entry other, bool isAtItsPlace) =>
        entry.Digest != other.Digest ? new EntryDifference(entry.Key.Name, EntryDifferenceKind.Content, $"{Size(entry)} and {Size(other)}")
        : entry.Time != other.Time ? new EntryDifference(entry.Key.Name, EntryDifferenceKind.Time, $"{Words(entry.Time)} and {Words(other.Time)}")
        : entry.Attributes != other.Attributes ? new EntryDifference(entry.Key.Name, EntryDifferenceKind.Attributes, $"{entry.Attributes:x8} and {other.Attributes:x8}")
        : isAtItsPlace ? null : new EntryDifference(entry.Key.Name, EntryDifferenceKind.Order, "the same entry at another place");

    private static List<Entry>? Read(Stream stream, ArchiveLimits limits)
    {
        try
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            if (archive.Entries.Count > limits.Entries) return null;
            var (entries, seen, left) = (new List<Entry>(), new Dictionary<string, int>(StringComparer.Ordinal), limits.Bytes);
            foreach (var entry in archive.Entries)
            {
                if (Digest(entry, ref left) is not { } digest) return null;
                var count = seen[entry.FullName] = seen.GetValueOrDefault(entry.FullName) + 1;
                entries.Add(new Entry((entry.FullName, count), entry.Length, digest, entry.LastWriteTime.DateTime, entry.ExternalAttributes));
            }
            return entries;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            return null;
        }
    }

    private static string? Digest(ZipArchiveEntry entry, ref long left)
    {
        using var content = entry.Open();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        while (content.Read(buffer) is > 0 and var read)
        {
            if ((left -= read) < 0) return null;
            hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Size(Entry entry) => string.Create(CultureInfo.InvariantCulture, $"{entry.Size} bytes");

    private static string Words(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private sealed record Entry((string Name, int Count) Key, long Size, string Digest, DateTime Time, int Attributes);
}
