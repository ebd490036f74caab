using System.Security.Cryptography;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Cli.Commands;

/// <summary>What is to be verified: an image, a version or one of its files by name, or a file that is here, and the proof where it is at hand.</summary>
/// <param name="Reference">The image; null for what is none.</param>
/// <param name="Coordinate">The name that the proof must be about; null for any.</param>
/// <param name="Digest">The digest that the proof must be about; null for any.</param>
/// <param name="Output">The file of that name, by its path in the repository; null for the main one.</param>
/// <param name="Bundle">The proof; null when it is to be fetched.</param>
internal sealed record VerifyTarget(ImageReference? Reference, string? Coordinate, Digest? Digest, string? Output, byte[]? Bundle)
{
    public static VerifyTarget Read(string text, string? bundlePath)
    {
        var bundle = bundlePath is null ? null : ReadBundle(bundlePath);
        if (IsFile(text))
        {
            if (!File.Exists(text)) throw new CliException($"There is no file {text}.", "not-found", "Check the path; an image is written as after docker pull.", ExitCode.NotFound);
            if (bundle is null && LooksLikeBundle(text)) return new VerifyTarget(null, null, null, null, ReadBundle(text));
            return new VerifyTarget(null, null, DigestOf(text), null, bundle);
        }
        return ReadName(text) with { Bundle = bundle };
    }

    /// <summary>What it is called in messages.</summary>
    public string Name => Output ?? Reference?.ToString() ?? Coordinate ?? Digest?.ToString() ?? "a bundle";

    /// <summary>The Maven version; null for what is none.</summary>
    public MavenCoordinates? Maven => Coordinate is not null && Provenance.Entries.Coordinate.ToMaven(Coordinate) is { } gav ? MavenCoordinates.Parse(gav) : null;

    /// <summary>
    /// An image, a Maven version (<c>G:A:V</c>, or <c>maven:G:A:V</c>), plain files (<c>generic:NAME:VERSION</c>), the result of a source (<c>src/DIGEST</c>), a digest, or one file of
    /// a version by its path in a repository: no image is called <c>org/acme/lib/1.0/lib-1.0.jar</c>.
    /// </summary>
    public static VerifyTarget ReadName(string text)
    {
        if (Contracts.Digest.TryParse(text, out var digest)) return new VerifyTarget(null, null, digest, null, null);
        if (ReadPath(text) is var (coordinate, output)) return new VerifyTarget(null, coordinate, null, output, null);
        if (IsSource(text) || PackageNames.Split(text) is { Names.IsServedPlain: true }) return new VerifyTarget(null, text, null, null, null);
        if (ReadMaven(text) is { } coordinates) return new VerifyTarget(null, Provenance.Entries.Coordinate.Of(coordinates), null, null, null);
        if (!ImageReference.TryParse(text, out var reference, out var error)) throw CliException.Usage(error, "Write an image as after docker pull, a Maven version as group:artifact:version or a path of its repository, generic:NAME:VERSION, src/DIGEST, or a path that exists.");
        return reference.Digest is { } named
            ? new VerifyTarget(reference, null, named, null, null)
            : new VerifyTarget(reference, Provenance.Entries.Coordinate.Of(reference), null, null, null);
    }

    /// <summary>The digest of the file that <see cref="Output"/> names, as a proof has it; null when no file is named.</summary>
    /// <exception cref="CliException">The proof is about a version that has no such file.</exception>
    public Digest? DigestIn(ReadOnlySpan<ArtifactOutput> outputs)
    {
        if (Output is null) return Digest;
        foreach (var output in outputs)
            if (output.Name == Output) return output.Digest;
        throw new CliException($"What the log has of {Coordinate} has no file {Output}.", "not-found", "Check the path, and whether the file was asked for with the version.", ExitCode.NotFound);
    }

    /// <summary>A file of a version by its path in the repository of its kind.</summary>
    private static (string Coordinate, string Output)? ReadPath(string text)
    {
        foreach (var (type, root) in new[] { (Provenance.Entries.Coordinate.Maven, ApiRoutes.Maven + "/"), (Provenance.Entries.Coordinate.Generic, "/") })
            if (PackageNames.Find(type)!.Locate(root + text) is { } file) return ($"{type}:{file.Name}", file.Output);
        return null;
    }

    private static bool IsSource(string text) =>
        Provenance.Entries.Coordinate.IsSource(text) && Contracts.Digest.TryParse($"sha256:{text[(text.IndexOf('/', StringComparison.Ordinal) + 1)..]}", out var digest) && text == Provenance.Entries.Coordinate.OfSource(digest);

    /// <summary>No image has two colons without a slash, nor three after <c>maven:</c>; <c>maven:3.9</c> is one.</summary>
    private static MavenCoordinates? ReadMaven(string text)
    {
        const string prefix = Provenance.Entries.Coordinate.Maven + ":";
        var isPrefixed = text.StartsWith(prefix, StringComparison.Ordinal) && text.Count(c => c == ':') == 3;
        if (MavenCoordinates.TryParse(isPrefixed ? text[prefix.Length..] : text, out var coordinates, out var error)) return coordinates;
        return isPrefixed ? throw CliException.Usage(error, "Write it as group:artifact:version.") : null;
    }

    private static bool IsFile(string text) => text.StartsWith('/') || text.StartsWith("./", StringComparison.Ordinal) || text.StartsWith("../", StringComparison.Ordinal) || File.Exists(text);

    private static byte[] ReadBundle(string path)
    {
        if (!File.Exists(path)) throw new CliException($"There is no bundle {path}.", "not-found", "`pyrsia bundle REF -o FILE` writes one.", ExitCode.NotFound);
        if (new FileInfo(path).Length > ProvenanceBundle.MaxBytes) throw new CliException($"{path} is longer than a bundle may be, {ProvenanceBundle.MaxBytes} bytes.", "parse", "Give the file that `pyrsia bundle` wrote.", ExitCode.VerificationFailed);
        return File.ReadAllBytes(path);
    }

    /// <summary>Whether a file is meant as a bundle, also where a byte of it was changed: by its name, or by how a bundle begins.</summary>
    private static bool LooksLikeBundle(string path)
    {
        if (path.EndsWith(".bundle.json", StringComparison.Ordinal)) return true;
        var begin = "{\"chainId\":"u8;
        Span<byte> head = stackalloc byte[begin.Length];
        using var file = File.OpenRead(path);
        if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length) return false;
        var changed = 0;
        for (var i = 0; i < head.Length; i++) changed += head[i] == begin[i] ? 0 : 1;
        return changed <= 1;
    }

    private static Digest DigestOf(string path)
    {
        using var file = File.OpenRead(path);
        return new Digest(SHA256.HashData(file));
    }
}
