using System.Globalization;
using System.Text;
using Pyrsia.Builds.Bubblewrap;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Contracts;

namespace Pyrsia.Builds.Differences;

/// <summary>
/// What <c>diffoscope</c>, where this machine has it, says of two files: it looks deeper into more kinds of file than <see cref="ArchiveReport"/>. It is a large program that is shown
/// files of strangers, so it runs in a sandbox: on this machine's <c>/usr</c> and the two files, nothing else of the machine, without network, within limits of time, memory and output.
/// </summary>
/// <seealso href="https://diffoscope.org"/>
/// <param name="time">The clock.</param>
/// <param name="patience">How long one comparison may take.</param>
public sealed class Diffoscope(TimeProvider time, TimeSpan patience)
{
    /// <summary>Largest file that it is shown, in bytes.</summary>
    public const long MaxFileBytes = 64L << 20;

    /// <summary>Most bytes of a report.</summary>
    private const int MaxReportBytes = 256 << 10;

    /// <summary>Most lines of one difference in it.</summary>
    private const int MaxBlockLines = 100;

    private const string Program = "/usr/bin/diffoscope";
    private const string LibraryCache = "/etc/ld.so.cache";
    private const string FilesMount = "files";
    private const string SystemMount = "usr";

    private static readonly SandboxLimits Limits = new()
    {
        MemoryBytes = 768L << 20,
        Processes = 64,
        Cpus = 1,
        WorkBytes = 384L << 20,
        TemporaryBytes = 64L << 20,
        LogBytes = 64 << 10,
        OutputBytes = MaxReportBytes,
    };

    /// <summary>Whether this machine has it, as its package installs it.</summary>
    public static bool IsInstalled => File.Exists(Program);

    /// <summary>Compares two files.</summary>
    /// <param name="name">What they are called; its ending says what they are.</param>
    /// <param name="first">Writes the one.</param>
    /// <param name="second">Writes the other.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its report, cut where it is too long, without characters that move a terminal's cursor; null where this machine cannot make one, it found nothing, or it took too much.</returns>
    public async Task<string?> CompareAsync(string name, Stream first, Stream second, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (!IsInstalled) return null;
        var folder = Directory.CreateTempSubdirectory("pyrsia-diffoscope-").FullName;
        try
        {
            await using var sandbox = await BubblewrapSandbox.OpenAsync(Path.Combine(folder, "state"), time, cancellationToken).ConfigureAwait(false);
            foreach (var (side, content) in new[] { ("first", first), ("second", second) })
                if (!await KeepAsync(content, Path.Combine(folder, FilesMount, side), Path.GetFileName(name), cancellationToken).ConfigureAwait(false)) return null;
            var result = await sandbox.RunAsync(Run(folder, Path.GetFileName(name)), cancellationToken).ConfigureAwait(false);
            // It ends with 1 when there are differences.
            if (result is not ({ Outcome: SandboxOutcome.Exited, ExitCode: 1 } or { Outcome: SandboxOutcome.OutputLimit })) return null;
            var report = Shown(await File.ReadAllTextAsync(result.OutputPath, Encoding.UTF8, cancellationToken).ConfigureAwait(false));
            return result.Outcome == SandboxOutcome.OutputLimit ? report + "\n(cut here)\n" : report;
        }
        catch (SandboxException)
        {
            return null; // A machine without this sandbox has the other report.
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private SandboxRun Run(string folder, string name)
    {
        // The root is a tree of its own in which /usr and what leads there are links to the one mount; the machine's other directories are not in it.
        var root = Directory.CreateDirectory(Path.Combine(folder, "root")).FullName;
        foreach (var directory in SandboxLayout.Directories) Directory.CreateDirectory(root + directory);
        foreach (var (link, target) in new[] { ("usr", ""), ("bin", "/bin"), ("sbin", "/sbin"), ("lib", "/lib"), ("lib64", "/lib64") })
            File.CreateSymbolicLink(Path.Combine(root, link), $"{SandboxLayout.Mounts[1..]}/{SystemMount}{target}");
        // Libraries are found by it; without, Python would want a compiler to ask.
        if (File.Exists(LibraryCache)) File.Copy(LibraryCache, Directory.CreateDirectory(Path.Combine(root, "etc")).FullName + "/ld.so.cache");
        return new SandboxRun
        {
            Image = new BuilderImage(Digest.Of("this machine's own programs"u8), "", root),
            Command =
            [
                SandboxLayout.Shell, "-c", $"cd {SandboxLayout.Mounts}/{FilesMount} && exec \"$@\"", "compare", Program, "--text", "-", "--no-progress", "--exclude-directory-metadata=recursive",
                "--max-text-report-size", Text(MaxReportBytes / 2), "--max-diff-block-lines", Text(MaxBlockLines), "--max-container-depth", "4", "--", $"first/{name}", $"second/{name}",
            ],
            OutputPath = Path.Combine(folder, "report"),
            Mounts = [new SandboxMount(SystemMount, "/usr"), new SandboxMount(FilesMount, Path.Combine(folder, FilesMount))],
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["TMPDIR"] = SandboxLayout.Work },
            Limits = Limits with { WallClock = patience },
        };
    }

    /// <summary>Puts a file where the sandbox reads it; false when it is too large.</summary>
    private static async Task<bool> KeepAsync(Stream content, string folder, string name, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        await using var file = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write);
        var buffer = new byte[64 << 10];
        while (await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var read)
        {
            if (file.Length + read > MaxFileBytes) return false;
            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
        }
        return true;
    }

    private static string Shown(string report)
    {
        var shown = new StringBuilder(report.Length);
        foreach (var c in report) shown.Append(c is '\n' or '\t' || !char.IsControl(c) ? c : '?');
        return shown.ToString();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
