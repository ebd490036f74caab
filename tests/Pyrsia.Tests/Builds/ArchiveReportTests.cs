using System.IO.Compression;
using Pyrsia.Builds.Differences;
using Xunit;

namespace Pyrsia.Tests.Builds;

public sealed class ArchiveReportTests
{
    private static readonly DateTimeOffset Time = new(2024, 2, 3, 4, 5, 6, TimeSpan.Zero);

    private static MemoryStream Zip(params (string Name, string Content)[] entries) => Zip(Time, CompressionLevel.Optimal, 0, entries);

    private static MemoryStream Zip(DateTimeOffset time, CompressionLevel level, int attributes, params (string Name, string Content)[] entries)
    {
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                var entry = archive.CreateEntry(name, level);
                (entry.LastWriteTime, entry.ExternalAttributes) = (time, attributes);
                using var writer = new StreamWriter(entry.Open());
                writer.Write(content);
            }
        }
        stream.Position = 0;
        return stream;
    }

    private static IEnumerable<(string, EntryDifferenceKind)> Compare(Stream first, Stream second) =>
        ArchiveReport.Compare(first, second, new ArchiveLimits())!.Differences.Select(d => (d.Name, d.Kind));

    [Fact]
    public void The_same_archive_differs_in_nothing() => Assert.Empty(Compare(Zip(("a", "1"), ("b", "2")), Zip(("a", "1"), ("b", "2"))));

    [Fact]
    public void Entries_that_are_missing_added_or_changed_are_named() => Assert.Equal(
        [("a", EntryDifferenceKind.OnlyInFirst), ("c", EntryDifferenceKind.Content), ("d", EntryDifferenceKind.OnlyInSecond)],
        Compare(Zip(("a", "1"), ("b", "2"), ("c", "3")), Zip(("b", "2"), ("c", "33"), ("d", "4"))));

    [Fact]
    public void The_same_bytes_with_another_time_order_or_permission_are_told_apart()
    {
        Assert.Equal([("a", EntryDifferenceKind.Time)], Compare(Zip(("a", "1")), Zip(Time.AddMinutes(2), CompressionLevel.Optimal, 0, ("a", "1"))));
        Assert.Equal([("a", EntryDifferenceKind.Attributes)], Compare(Zip(("a", "1")), Zip(Time, CompressionLevel.Optimal, 1 << 24, ("a", "1"))));
        Assert.Equal([("a", EntryDifferenceKind.Order), ("b", EntryDifferenceKind.Order)], Compare(Zip(("a", "1"), ("b", "2")), Zip(("b", "2"), ("a", "1"))));
    }

    [Fact]
    public void A_name_that_stands_twice_is_compared_one_by_one() =>
        Assert.Equal([("a", EntryDifferenceKind.Content)], Compare(Zip(("a", "1"), ("a", "2")), Zip(("a", "1"), ("a", "3"))));

    [Fact]
    public void Another_packing_of_the_same_entries_is_no_difference_of_an_entry() =>
        Assert.Empty(Compare(Zip(("a", new string('x', 1000))), Zip(Time, CompressionLevel.NoCompression, 0, ("a", new string('x', 1000)))));

    [Fact]
    public void What_is_no_archive_or_too_large_is_not_compared()
    {
        Assert.Null(ArchiveReport.Compare(Zip(("a", "1")), new MemoryStream("no archive"u8.ToArray()), new ArchiveLimits()));
        Assert.Null(ArchiveReport.Compare(Zip(("a", "1"), ("b", "2")), Zip(("a", "1")), new ArchiveLimits { Entries = 1 }));
        Assert.Null(ArchiveReport.Compare(Zip(("a", new string('x', 5000))), Zip(("a", "1")), new ArchiveLimits { Bytes = 4999 }));
        var cut = Zip(("a", new string('x', 5000)), ("b", "2")).ToArray();
        Assert.Null(ArchiveReport.Compare(Zip(("a", "1")), new MemoryStream(cut[..^10]), new ArchiveLimits()));
    }
}
