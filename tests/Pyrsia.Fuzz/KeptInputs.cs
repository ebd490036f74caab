using System.Security.Cryptography;

namespace Pyrsia.Fuzz;

/// <summary>Inputs of earlier runs, in files that are checked in: <c>corpus/TARGET.hex</c>, one a line, are those that reach what the valid encodings do not, and
/// <c>found/TARGET-DIGEST.hex</c> each one that once made a decoder break its word. Lines that begin with # are remarks.</summary>
internal sealed class KeptInputs(string directory)
{
    /// <summary>Most inputs of the corpus of one target.</summary>
    public const int MaxInputs = 64;

    /// <summary>Most bytes of them together, so that the files of all targets stay under a megabyte.</summary>
    public const int MaxBytes = 4096;

    private const string Extension = ".hex";

    /// <summary>Those of the checkout that this program was built in.</summary>
    public static KeptInputs OfCheckout { get; } = new(FindCheckout());

    /// <summary>Where they are.</summary>
    public string Root => directory;

    /// <summary>Names of all files, of the corpus and of findings.</summary>
    public IEnumerable<(string Target, bool IsFinding)> Files =>
        Names("corpus").Select(name => (name, false)).Concat(Names("found").Select(name => (name[..name.LastIndexOf('-')], true)));

    /// <summary>Everything that is kept for a target: findings first.</summary>
    public IReadOnlyList<byte[]> Of(string target) =>
        [.. Names("found").Where(name => name[..name.LastIndexOf('-')] == target).Order(StringComparer.Ordinal).SelectMany(name => Read(PathOf("found", name))), .. Corpus(target)];

    /// <summary>The corpus of a target.</summary>
    public IReadOnlyList<byte[]> Corpus(string target) => Read(PathOf("corpus", target));

    /// <summary>Replaces the corpus of a target; an empty one has no file.</summary>
    public void Write(string target, IReadOnlyList<byte[]> inputs)
    {
        if (inputs.Count == 0) File.Delete(PathOf("corpus", target));
        else WriteLines(PathOf("corpus", target), inputs.Select(Convert.ToHexStringLower));
    }

    /// <summary>Keeps an input for ever.</summary>
    /// <returns>Its file.</returns>
    public string Keep(Finding finding)
    {
        var path = PathOf("found", $"{finding.Target}-{Convert.ToHexStringLower(SHA256.HashData(finding.Input).AsSpan(0, 4))}");
        WriteLines(path, [$"# {finding.Reason.Split('\n')[0].Trim()}", Convert.ToHexStringLower(finding.Input)]);
        return path;
    }

    private IEnumerable<string> Names(string folder) =>
        Directory.Exists(Path.Combine(directory, folder)) ? Directory.EnumerateFiles(Path.Combine(directory, folder), $"*{Extension}").Select(file => Path.GetFileNameWithoutExtension(file)) : [];

    private string PathOf(string folder, string name) => Path.Combine(directory, folder, name + Extension);

    private static byte[][] Read(string path) => File.Exists(path) ? [.. File.ReadLines(path).Where(line => !line.StartsWith('#')).Select(Convert.FromHexString)] : [];

    private static void WriteLines(string path, IEnumerable<string> lines)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, string.Concat(lines.Select(line => line + '\n')));
    }

    private static string FindCheckout()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "tests", "Pyrsia.Fuzz", "Pyrsia.Fuzz.csproj"))) return Path.Combine(folder.FullName, "tests", "Pyrsia.Fuzz");
        return AppContext.BaseDirectory;
    }
}
