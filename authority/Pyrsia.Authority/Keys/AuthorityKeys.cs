using System.Security.Cryptography;
using Pyrsia.Contracts;
using Pyrsia.Curve25519;
using Pyrsia.Libp2p;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Attestations;

namespace Pyrsia.Authority.Keys;

/// <summary>The keys of one authority: files of its data directory that only their owner may read, encrypted or not, made once and never silently replaced.</summary>
public sealed class AuthorityKeys : IDisposable
{
    private const string Folder = "keys";
    private const string HowToMake = "Make an authority's keys with: pyrsia-authority init --data-dir DIR --name NAME --organisation ORG --origin ORIGIN";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The key of consensus votes.</summary>
    public required IEd25519Signer Vote { get; init; }

    /// <summary>The key of checkpoint cosignatures.</summary>
    public required IEd25519Signer Cosigner { get; init; }

    /// <summary>The key of log signatures.</summary>
    public required IEd25519Signer Log { get; init; }

    /// <summary>The key of attestations.</summary>
    public required P256PrivateKey Builder { get; init; }

    /// <summary>The libp2p identity.</summary>
    public required KeyPair Identity { get; init; }

    /// <summary>Makes all keys of a new authority.</summary>
    /// <param name="dataDirectory">The authority's data directory.</param>
    /// <param name="secrets">With a passphrase the keys are encrypted.</param>
    /// <exception cref="StartupException">There are keys already, or the directory cannot be written.</exception>
    public static AuthorityKeys Create(string dataDirectory, KeySecrets secrets)
    {
        var folder = Path.Combine(dataDirectory, Folder);
        if (Directory.Exists(folder)) throw new StartupException($"{folder} has keys already; they are never replaced.", "Use another --data-dir for a new authority.");
        try
        {
            DurableFile.CreateDirectory(folder);
            foreach (var name in new[] { "vote", "cosigner", "log" })
            {
                using var key = Ed25519PrivateKey.Generate();
                Write(folder, name, KeyFile.Encode(key, secrets));
            }
            using var builder = P256PrivateKey.Generate();
            Write(folder, "builder", KeyFile.EncodePem(builder.ExportPkcs8(), secrets));
            NodeIdentity.LoadOrCreate(dataDirectory, secrets);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The keys cannot be written to {folder}: {e.Message}", "Give a directory that this user may write with --data-dir.", inner: e);
        }
        return Load(dataDirectory, secrets);
    }

    /// <summary>Reads the keys of an authority.</summary>
    /// <exception cref="StartupException">A key is missing, malformed, readable by others, or locked otherwise.</exception>
    public static AuthorityKeys Load(string dataDirectory, KeySecrets secrets)
    {
        var folder = Path.Combine(dataDirectory, Folder);
        try
        {
            return new AuthorityKeys
            {
                Vote = KeyFile.ReadEd25519(PathOf(folder, "vote"), secrets),
                Cosigner = KeyFile.ReadEd25519(PathOf(folder, "cosigner"), secrets),
                Log = KeyFile.ReadEd25519(PathOf(folder, "log"), secrets),
                Builder = P256PrivateKey.FromPkcs8(KeyFile.ReadPkcs8(PathOf(folder, "builder"), secrets)),
                Identity = NodeIdentity.Load(dataDirectory, secrets),
            };
        }
        catch (KeyFileException e)
        {
            throw new StartupException($"The keys in {folder} cannot be used: {e.Message}.", Directory.Exists(folder) ? e.Advice : HowToMake, inner: e);
        }
        catch (CryptographicException e)
        {
            throw new StartupException($"The keys in {folder} cannot be used: {PathOf(folder, "builder")} holds no P-256 key ({e.Message})", "Restore it from a backup.", inner: e);
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

    private static void Write(string folder, string name, byte[] content) => DurableFile.Write(PathOf(folder, name), content, OwnerOnly);
}
