using System.Security.Cryptography;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Cli.Commands;

/// <summary>What is to be verified: an image or a Maven version by name, or a file, and the proof where it is at hand.</summary>
/// <param name="Reference">The image; null for what is none.</param>
/// <param name="Coordinate">The name that the proof must be about; null for any.</param>
/// <param name="Digest">The digest that the proof must be about; null for any.</param>
/// <param name="Bundle">The proof; null when it is to be fetched.</param>
internal sealed record VerifyTarget(ImageReference? Reference, string? Coordinate, Digest? Digest, byte[]? Bundle)
{
    public static VerifyTarget Read(string text, string? bundlePath)
    {
        var bundle = bundlePath is null ? null : ReadBundle(bundlePath);
        if (IsFile(text))
        {
            if (!File.Exists(text)) throw new CliException($"There is no file {text}.", "not-found", "Check the path; an image is written as after docker pull.", ExitCode.NotFound);
            if (bundle is null && LooksLikeBundle(text)) return new VerifyTarget(null, null, null, ReadBundle(text));
            return new VerifyTarget(null, null, DigestOf(text), bundle);
        }
        return ReadName(text) with { Bundle = bundle };
    }

    /// <summary>The Maven version; null for what is none.</summary>
    public MavenCoordinates? Maven => Coordinate is not null && Provenance.Entries.Coordinate.ToMaven(Coordinate) is { } gav ? MavenCoordinates.Parse(gav) : null;

    /// <summary>An image, a Maven version (<c>G:A:V</c>, or <c>maven:G:A:V</c>), or a digest.</summary>
    public static VerifyTarget ReadName(string text)
    {
        if (Contracts.Digest.TryParse(text, out var digest)) return new VerifyTarget(null, null, digest, null);
        if (ReadMaven(text) is { } coordinates) return new VerifyTarget(null, Provenance.Entries.Coordinate.Of(coordinates), null, null);
        if (!ImageReference.TryParse(text, out var reference, out var error)) throw CliException.Usage(error, "Write an image as after docker pull, a Maven version as group:artifact:version, or a path that exists.");
        return reference.Digest is { } named
            ? new VerifyTarget(reference, null, named, null)
            : new VerifyTarget(reference, Provenance.Entries.Coordinate.Of(reference), null, null);
    }

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
