using System.IO.Compression;
using System.Text;
using Pyrsia.Builds.Differences;
using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>The real program in its sandbox.</summary>
public sealed class DiffoscopeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task<string?> CompareAsync(string name, byte[] first, byte[] second, int seconds = 30) =>
        new Diffoscope(TimeProvider.System, TimeSpan.FromSeconds(seconds)).CompareAsync(name, new MemoryStream(first), new MemoryStream(second), Cancel);

    private static byte[] Jar(string content)
    {
        using var jar = new MemoryStream();
        using (var zip = new ZipArchive(jar, ZipArchiveMode.Create, leaveOpen: true))
        {
            var entry = zip.CreateEntry("build.properties");
            entry.LastWriteTime = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using var stream = entry.Open();
            stream.Write(Encoding.UTF8.GetBytes(content));
        }
        return jar.ToArray();
    }

    [Fact]
    public async Task It_names_the_entry_and_the_line_that_differ()
    {
        var report = await CompareAsync("lib-1.0.jar", Jar("name=lib\ntime=1\n"), Jar("name=lib\ntime=2\n"));
        Assert.NotNull(report);
        Assert.Contains("build.properties", report, StringComparison.Ordinal);
        Assert.Contains("-time=1\n", report, StringComparison.Ordinal);
        Assert.Contains("+time=2\n", report, StringComparison.Ordinal);
        Assert.DoesNotContain("/tmp", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_is_short_and_moves_no_cursor()
    {
        var lines = string.Concat(Enumerable.Range(0, 3_000).Select(i => $"\u001b[31m{i}\n"));
        var report = await CompareAsync("x.txt", Encoding.UTF8.GetBytes(lines), Encoding.UTF8.GetBytes(lines.Replace("1", "2", StringComparison.Ordinal)));
        Assert.NotNull(report);
        Assert.InRange(report.Length, 100, 300_000);
        Assert.DoesNotContain('\u001b', report);
    }

    [Fact]
    public async Task Equal_files_and_files_that_are_too_large_have_no_report()
    {
        Assert.Null(await CompareAsync("x.txt", "same"u8.ToArray(), "same"u8.ToArray()));
        Assert.Null(await CompareAsync("x.txt", "x"u8.ToArray(), new byte[Diffoscope.MaxFileBytes + 1]));
    }

    [Fact]
    public async Task An_archive_that_unpacks_without_end_is_given_up()
    {
        var bomb = new MemoryStream();
        using (var gzip = new GZipStream(bomb, CompressionLevel.Fastest, leaveOpen: true))
            for (var i = 0; i < 1024; i++) gzip.Write(new byte[1 << 20]);
        var bytes = bomb.ToArray();
        var report = await CompareAsync("x.gz", bytes, [.. bytes, 0], seconds: 2);
        Assert.Null(report);
    }
}
