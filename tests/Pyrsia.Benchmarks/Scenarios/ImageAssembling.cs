using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Pyrsia.Builds.Assembling;
using Pyrsia.Testing;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>
/// Puts an image together out of what an engine saved: a change of 1 GiB over a base, in large and small files. Beside it what does no more than tar the same files in order and hash the tar.
/// Rates are by processor time, so they are those of one core.
/// </summary>
internal static class ImageAssembling
{
    private const int Runs = 3;
    private const int LargeFiles = 60;
    private const int LargeBytes = 16 << 20;
    private const int SmallFiles = 4000;
    private const int SmallBytes = 16 << 10;

    internal static async Task<List<Measurement>> RunAsync()
    {
        using var directory = new TemporaryDirectory();
        var tree = Fill(directory["tree"]);
        var layer = directory["layer.tar"];
        await TarFile.CreateFromDirectoryAsync(tree, layer, includeBaseDirectory: false);
        var megabytes = new FileInfo(layer).Length / 1e6;
        var archive = await SaveAsync(directory["archive.tar"], layer);
        var (rates, tars, digests) = (new List<double>(), new List<double>(), new HashSet<string>());
        var peak = 0L;
        for (var run = 0; run < Runs; run++)
        {
            GC.Collect();
            ForgetPeak();
            var held = Peak();
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            var image = await new ImageAssembler(new ImageLimits()).AssembleAsync(archive, null, DateTimeOffset.UnixEpoch, directory["image"], CancellationToken.None);
            rates.Add(megabytes / (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds);
            peak = Math.Max(peak, Peak() - held);
            digests.Add(image.Manifest.Descriptor.Digest.ToString());
            Directory.Delete(directory["image"], recursive: true);
            tars.Add(megabytes / TarAndHash(tree, directory["plain.tar"]));
        }
        return
        [
            new("image put together from a layer of 1 GB", "MB/s a core", Measurement.Median(rates), "tar --sort=name and sha256sum", Measurement.Median(tars)),
            new("most memory that the process has more meanwhile", "MB", peak / 1e6),
            new($"different digests in {Runs} runs", "", digests.Count - 1),
        ];
    }

    private static string Fill(string tree)
    {
        var random = new Random(1);
        var content = new byte[LargeBytes];
        Directory.CreateDirectory(Path.Combine(tree, "large"));
        for (var i = 0; i < LargeFiles; i++)
        {
            random.NextBytes(content);
            File.WriteAllBytes(Path.Combine(tree, "large", $"{i}"), content);
        }
        for (var i = 0; i < SmallFiles; i++)
        {
            var folder = Directory.CreateDirectory(Path.Combine(tree, "small", $"{i % 64}")).FullName;
            File.WriteAllBytes(Path.Combine(folder, $"{i}"), content.AsSpan(i, SmallBytes));
        }
        return tree;
    }

    private static async Task<string> SaveAsync(string path, string layer)
    {
        string digest;
        await using (var content = File.OpenRead(layer)) digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(content));
        await using var file = File.Create(path);
        await using var writer = new TarWriter(file, TarEntryFormat.Pax);
        await writer.WriteEntryAsync(layer, "layer.tar");
        await AddAsync("config.json", JsonSerializer.SerializeToUtf8Bytes(new { os = "linux", rootfs = new { type = "layers", diff_ids = new[] { $"sha256:{digest}" } } }));
        await AddAsync("manifest.json", JsonSerializer.SerializeToUtf8Bytes(new[] { new { Config = "config.json", Layers = new[] { "layer.tar" } } }));
        return path;

        Task AddAsync(string name, byte[] content) => writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
    }

    /// <summary>Seconds of processor time.</summary>
    private static double TarAndHash(string tree, string tar)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", "TIMEFORMAT='%U %S'; time { tar --sort=name -C \"$1\" -cf \"$2\" . && sha256sum \"$2\" >/dev/null; }", "bash", tree, tar]) { RedirectStandardError = true })!;
        var seconds = shell.StandardError.ReadToEnd().Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Sum(word => double.Parse(word, CultureInfo.InvariantCulture));
        shell.WaitForExit();
        return seconds;
    }

    private static void ForgetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");

    private static long Peak() => long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
}
