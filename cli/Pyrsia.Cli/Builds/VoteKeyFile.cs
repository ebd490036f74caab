using Pyrsia.Curve25519;

namespace Pyrsia.Cli.Builds;

/// <summary>Reads the vote key that <c>pyrsia-authority init</c> wrote into an authority's keys folder.</summary>
internal static class VoteKeyFile
{
    private const string Name = "vote.key";
    private const string Algorithm = "ed25519 ";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Longest file in bytes: algorithm, 32 bytes in base64, line end.</summary>
    private const int MaxBytes = 256;

    /// <summary>Reads the key of a folder.</summary>
    /// <exception cref="CliException">There is none, it is malformed, or others may read it.</exception>
    public static Ed25519PrivateKey Read(string folder)
    {
        var path = Path.Combine(folder, Name);
        if (!File.Exists(path)) throw new CliException($"There is no {path}.", "not-found", "Name the folder 'keys' of the authority's data directory with --keys DIR.", ExitCode.NotFound);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0) throw Unusable($"{path} may be read by others", "Set its mode to 0600.");
        if (new FileInfo(path).Length > MaxBytes) throw Malformed(path);
        var text = File.ReadAllText(path).Trim();
        var seed = new byte[Ed25519PrivateKey.SeedLength];
        return text.StartsWith(Algorithm, StringComparison.Ordinal) && Convert.TryFromBase64String(text[Algorithm.Length..], seed, out var length) && length == seed.Length
            ? Ed25519PrivateKey.FromSeed(seed)
            : throw Malformed(path);
    }

    private static CliException Malformed(string path) => Unusable($"{path} holds no Ed25519 key", "It is written by pyrsia-authority init.");

    private static CliException Unusable(string what, string advice) => new($"{what}.", "bad-key", advice, ExitCode.Failed);
}
