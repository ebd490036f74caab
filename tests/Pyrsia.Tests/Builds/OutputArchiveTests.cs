using System.Formats.Tar;
using System.Text;
using Pyrsia.Builds.Outputs;
using Pyrsia.Contracts;
using Pyrsia.Testing;
using Xunit;
using TarEntry = System.Formats.Tar.TarEntry;

namespace Pyrsia.Tests.Builds;

/// <summary>Archives out of a sandbox, written by the base library and by hand: good ones are taken, bad ones are refused with a name, and nothing is left of them.</summary>
public sealed class OutputArchiveTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public async Task Files_are_taken_from_every_form_of_tar(TarEntryFormat format)
    {
        var deep = $"{new string('a', 90)}/{new string('b', 90)}.jar";
        var reading = await ExtractAsync(Tar(format, ("./", null), ("./repo/", null), ("./repo/x.jar", "jar"), ("repo/empty", ""), (deep, "deep")));
        Assert.Null(reading.Refusal);
        Assert.Equal([deep, "repo/empty", "repo/x.jar"], reading.Files.Select(f => f.Name));
        Assert.Equal([4L, 0, 3], reading.Files.Select(f => f.Size));
        Assert.Equal(Digest.Of("jar"u8), reading.Files[2].Digest);
        Assert.Equal("jar", await System.IO.File.ReadAllTextAsync(reading.Files[2].Path, Cancel));
    }

    [Theory]
    [InlineData("/etc/passwd", OutputRefusal.AbsoluteName)]
    [InlineData("../x", OutputRefusal.ClimbingName)]
    [InlineData("a/../../x", OutputRefusal.ClimbingName)]
    [InlineData("a/..", OutputRefusal.ClimbingName)]
    [InlineData("a//b", OutputRefusal.BadName)]
    [InlineData("a/./b", OutputRefusal.BadName)]
    [InlineData("a\nb", OutputRefusal.BadName)]
    [InlineData("a\u001b[31m", OutputRefusal.BadName)]
    public async Task A_bad_name_is_refused(string name, OutputRefusal reason) => await RefusedAsync(reason, Tar(TarEntryFormat.Pax, ("good", "1"), (name, "2")));

    [Fact]
    public async Task Names_that_are_too_long_are_refused()
    {
        await RefusedAsync(OutputRefusal.BadName, Tar(TarEntryFormat.Pax, (new string('x', 256), "")));
        await RefusedAsync(OutputRefusal.BadName, Tar(TarEntryFormat.Pax, (string.Join('/', Enumerable.Repeat(new string('y', 200), 6)), "")));
        await RefusedAsync(OutputRefusal.BadName, Tar(TarEntryFormat.Gnu, (new string('z', 20_000), "")));
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink, OutputRefusal.Link)]
    [InlineData(TarEntryType.HardLink, OutputRefusal.Link)]
    [InlineData(TarEntryType.CharacterDevice, OutputRefusal.SpecialFile)]
    [InlineData(TarEntryType.BlockDevice, OutputRefusal.SpecialFile)]
    [InlineData(TarEntryType.Fifo, OutputRefusal.SpecialFile)]
    public async Task Links_and_special_files_are_refused(TarEntryType type, OutputRefusal reason)
    {
        var entry = new PaxTarEntry(type, "entry");
        if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink) entry.LinkName = "good";
        var reading = await RefusedAsync(reason, Tar([File("good", "1"), entry]));
        Assert.Equal("entry", reading.Entry);
    }

    [Fact]
    public async Task A_name_comes_once()
    {
        await RefusedAsync(OutputRefusal.Duplicate, Tar(TarEntryFormat.Pax, ("a", "1"), ("./a", "2")));
        await RefusedAsync(OutputRefusal.Duplicate, Tar(TarEntryFormat.Pax, ("a", "1"), ("a/b", "2")));
        await RefusedAsync(OutputRefusal.Duplicate, Tar(TarEntryFormat.Pax, ("a/b", "1"), ("a", "2")));
        await RefusedAsync(OutputRefusal.Duplicate, Tar(TarEntryFormat.Pax, ("a", "1"), ("a/", null)));
        Assert.Null((await ExtractAsync(Tar(TarEntryFormat.Pax, ("a/b", "1"), ("a/", null)))).Refusal);
    }

    [Fact]
    public async Task Too_much_is_refused()
    {
        await RefusedAsync(OutputRefusal.TooManyBytes, Tar(TarEntryFormat.Ustar, ("a", new string('x', 600)), ("b", new string('x', 600))), new OutputRules { MaxBytes = 1000 });
        await RefusedAsync(OutputRefusal.TooManyEntries, Tar(TarEntryFormat.Ustar, ("a", ""), ("b", ""), ("c", "")), new OutputRules { MaxEntries = 2 });
        var huge = Tar(TarEntryFormat.Ustar, ("a", ""));
        TarHeaderSize(huge, [0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        await RefusedAsync(OutputRefusal.TooManyBytes, huge);
    }

    [Fact]
    public async Task What_is_no_whole_tar_is_refused()
    {
        var good = Tar(TarEntryFormat.Ustar, ("a", "content"));
        await RefusedAsync(OutputRefusal.Malformed, []);
        await RefusedAsync(OutputRefusal.Malformed, good[..600]);
        await RefusedAsync(OutputRefusal.Malformed, good[..1024]);
        await RefusedAsync(OutputRefusal.Malformed, [.. good, 1]);
        await RefusedAsync(OutputRefusal.Malformed, Encoding.ASCII.GetBytes(new string('x', 2048)));
        var damaged = good.ToArray();
        damaged[0] ^= 1;
        await RefusedAsync(OutputRefusal.Malformed, damaged);
    }

    [Fact]
    public async Task Links_that_stay_in_a_source_are_taken_where_the_rules_say_so()
    {
        var rules = new OutputRules { InnerLinks = true };
        var reading = await ExtractAsync(Tar([File("dir/file", "1"), Link("dir/to-file", "file"), Link("dir/up", "../dir")]), rules);
        Assert.Null(reading.Refusal);
        Assert.Equal("1", await System.IO.File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(reading.Files[0].Path)!, "to-file"), Cancel));
        foreach (var target in (string[])["/etc/passwd", "../../x", "to-file/../../../x", "a/../..", "", "a//b"])
            await RefusedAsync(OutputRefusal.Link, Tar([File("dir/file", "1"), Link("dir/link", target.Length == 0 ? "/" : target)]), rules);
        await RefusedAsync(OutputRefusal.Duplicate, Tar([Link("dir/link", "other"), File("dir/link/x", "1")]), rules);
    }

    [Fact]
    public async Task A_source_is_the_same_tar_wherever_and_whenever_it_is_written()
    {
        var (first, second) = (await SourceAsync("one", reverse: false), await SourceAsync("two", reverse: true));
        Assert.Equal(first, second);
        var reading = await ExtractAsync(first, new OutputRules { InnerLinks = true });
        Assert.Null(reading.Refusal);
        Assert.Equal(["a/run.sh", "b", $"long/{new string('n', 150)}"], reading.Files.Select(f => f.Name));
        Assert.Equal([true, false, false], reading.Files.Select(f => f.IsExecutable));
        await using var tar = new System.Formats.Tar.TarReader(new MemoryStream(first));
        while (await tar.GetNextEntryAsync(cancellationToken: Cancel) is { } entry)
        {
            Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), entry.ModificationTime);
            Assert.Equal(0, entry.Uid);
        }
    }

    [Fact]
    public async Task A_source_with_a_link_out_of_it_or_with_too_much_is_refused()
    {
        var source = Directory.CreateDirectory(_directory["source"]).FullName;
        await System.IO.File.WriteAllTextAsync(Path.Combine(source, "file"), "12345", Cancel);
        await Assert.ThrowsAsync<SourceRefusedException>(() => WriteAsync(source, new OutputRules { MaxBytes = 4 }));
        await Assert.ThrowsAsync<SourceRefusedException>(() => WriteAsync(source, new OutputRules { MaxEntries = 0 }));
        System.IO.File.CreateSymbolicLink(Path.Combine(source, "link"), "../outside");
        Assert.Contains("link", (await Assert.ThrowsAsync<SourceRefusedException>(() => WriteAsync(source, new OutputRules()))).Message, StringComparison.Ordinal);
    }

    private static PaxTarEntry File(string name, string content) => new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) };

    private static PaxTarEntry Link(string name, string target) => new(TarEntryType.SymbolicLink, name) { LinkName = target };

    private static byte[] Tar(TarEntryFormat format, params (string Name, string? Content)[] entries) => Tar(
        entries.Select(e =>
        {
            var type = e.Content is null ? TarEntryType.Directory : TarEntryType.RegularFile;
            TarEntry entry = format switch
            {
                TarEntryFormat.Ustar => new UstarTarEntry(type, e.Name),
                TarEntryFormat.Gnu => new GnuTarEntry(type, e.Name),
                _ => new PaxTarEntry(type, e.Name),
            };
            if (e.Content is { Length: > 0 }) entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(e.Content));
            return entry;
        }));

    private static byte[] Tar(IEnumerable<TarEntry> entries)
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, leaveOpen: true))
            foreach (var entry in entries) writer.WriteEntry(entry);
        return tar.ToArray();
    }

    /// <summary>Puts a size into the first header and mends its checksum.</summary>
    private static void TarHeaderSize(byte[] tar, byte[] size)
    {
        size.CopyTo(tar, 124);
        var sum = 0;
        for (var i = 0; i < 512; i++) sum += i is >= 148 and < 156 ? ' ' : tar[i];
        Encoding.ASCII.GetBytes($"{Convert.ToString(sum, 8).PadLeft(6, '0')}\0 ").CopyTo(tar, 148);
    }

    private async Task<byte[]> SourceAsync(string name, bool reverse)
    {
        var source = Directory.CreateDirectory(_directory[name]).FullName;
        List<Func<Task>> making =
        [
            async () => await WriteFileAsync("b", "b", "600"), async () => await WriteFileAsync("a/run.sh", "#!", reverse ? "775" : "700"), async () => await WriteFileAsync($"long/{new string('n', 150)}", "x", "664"),
            async () => await WriteFileAsync(".git/config", "secret", "600"),
        ];
        if (reverse) making.Reverse();
        foreach (var make in making) await make();
        System.IO.File.CreateSymbolicLink(Path.Combine(source, "a/link"), "../b");
        return await WriteAsync(source, new OutputRules());

        async Task WriteFileAsync(string file, string content, string mode)
        {
            var path = Path.Combine(source, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await System.IO.File.WriteAllTextAsync(path, content, Cancel);
            if (!OperatingSystem.IsWindows()) System.IO.File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
        }
    }

    private static async Task<byte[]> WriteAsync(string source, OutputRules rules)
    {
        using var tar = new MemoryStream();
        await SourceArchive.WriteAsync(source, tar, DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), rules, Cancel);
        return tar.ToArray();
    }

    private Task<OutputReading> ExtractAsync(byte[] tar, OutputRules? rules = null) => OutputArchive.ExtractAsync(new MemoryStream(tar), _directory[Guid.NewGuid().ToString("N")], rules ?? new OutputRules(), Cancel);

    private async Task<OutputReading> RefusedAsync(OutputRefusal reason, byte[] tar, OutputRules? rules = null)
    {
        var before = Directory.GetFileSystemEntries(_directory.Path).Length;
        var reading = await ExtractAsync(tar, rules);
        Assert.Equal(reason, reading.Refusal);
        Assert.Empty(reading.Files);
        Assert.Equal(before, Directory.GetFileSystemEntries(_directory.Path).Length);
        return reading;
    }
}
