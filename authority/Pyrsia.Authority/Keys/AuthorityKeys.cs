using System.Security.Cryptography;
using Pyrsia.Contracts;
using Pyrsia.Curve25519;
using Pyrsia.Libp2p;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Attestations;

namespace Pyrsia.Authority.Keys;

/// <summary>The keys of one authority: files of mode 0600 in its data directory, made once and never silently replaced.</summary>
public sealed class AuthorityKeys : IDisposable
{
    private const string Folder = "keys";
    private const string Algorithm = "ed25519 ";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The key of consensus votes.</summary>
    public required Ed25519PrivateKey Vote { get; init; }

    /// <summary>The key of checkpoint cosignatures.</summary>
    public required Ed25519PrivateKey Cosigner { get; init; }

    /// <summary>The key of log signatures.</summary>
    public required Ed25519PrivateKey Log { get; init; }

    /// <summary>The key of attestations.</summary>
    public required P256PrivateKey Builder { get; init; }

    /// <summary>The libp2p identity.</summary>
    public required KeyPair Identity { get; init; }

    /// <summary>Makes all keys of a new authority.</summary>
    /// <exception cref="StartupException">There are keys already, or the directory cannot be written.</exception>
    public static AuthorityKeys Create(string dataDirectory)
    {
        var folder = Path.Combine(dataDirectory, Folder);
        if (Directory.Exists(folder)) throw new StartupException($"{folder} has keys already; they are never replaced.", "Use another --data-dir for a new authority.");
        try
        {
            DurableFile.CreateDirectory(folder);
            foreach (var name in new[] { "vote", "cosigner", "log" })
            {
                using var key = Ed25519PrivateKey.Generate();
                Write(folder, name, Algorithm + Convert.ToBase64String(key.ExportSeed()) + "\n");
            }
            using var builder = P256PrivateKey.Generate();
            Write(folder, "builder", PemEncoding.WriteString("PRIVATE KEY", builder.ExportPkcs8()) + "\n");
            IdentityFile.LoadOrCreate(Path.Combine(dataDirectory, "identity.key"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The keys cannot be written to {folder}: {e.Message}", "Give a directory that this user may write with --data-dir.", inner: e);
        }
        return Load(dataDirectory);
    }

    /// <summary>Reads the keys of an authority.</summary>
    /// <exception cref="StartupException">A key is missing, malformed, or readable by others.</exception>
    public static AuthorityKeys Load(string dataDirectory)
    {
        var folder = Path.Combine(dataDirectory, Folder);
        try
        {
            return new AuthorityKeys
            {
                Vote = ReadEd25519(folder, "vote"),
                Cosigner = ReadEd25519(folder, "cosigner"),
                Log = ReadEd25519(folder, "log"),
                Builder = P256PrivateKey.FromPkcs8(ReadPem(folder, "builder")),
                Identity = IdentityFile.Load(Path.Combine(dataDirectory, "identity.key")),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or ArgumentException or CryptographicException or IdentityFileException)
        {
            throw new StartupException($"The keys in {folder} cannot be used: {e.Message}", "Make an authority's keys with: pyrsia-authority init --data-dir DIR --name NAME --organisation ORG --origin ORIGIN", inner: e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Vote.Dispose();
        Cosigner.Dispose();
        Log.Dispose();
        Builder.Dispose();
    }

    private static string PathOf(string folder, string name) => Path.Combine(folder, name + ".key");

    private static void Write(string folder, string name, string text) => DurableFile.Write(PathOf(folder, name), System.Text.Encoding.ASCII.GetBytes(text), OwnerOnly);

    private static string Read(string folder, string name)
    {
        var path = PathOf(folder, name);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0) throw new FormatException($"{path} may be read by others; set its mode to 0600");
        return File.ReadAllText(path).Trim();
    }

    private static Ed25519PrivateKey ReadEd25519(string folder, string name)
    {
        var text = Read(folder, name);
        return text.StartsWith(Algorithm, StringComparison.Ordinal)
            ? Ed25519PrivateKey.FromSeed(Convert.FromBase64String(text[Algorithm.Length..]))
            : throw new FormatException($"{PathOf(folder, name)} holds no Ed25519 key");
    }

    private static byte[] ReadPem(string folder, string name)
    {
        var text = Read(folder, name);
        return Convert.FromBase64String(text[PemEncoding.Find(text).Base64Data]);
    }
}
