using Pyrsia.Contracts;
using Pyrsia.Curve25519;
using Pyrsia.Keys;
using Pyrsia.Libp2p;

namespace Pyrsia.Node.Hosting;

/// <summary>The peer identity of a data directory: in libp2p's own form, or as PEM, which may be encrypted.</summary>
public static class NodeIdentity
{
    private const string Name = "identity.key";

    /// <summary>Loads the identity of a data directory; makes it where there is none, encrypted when there is a passphrase.</summary>
    /// <exception cref="StartupException">It cannot be used; it is left as it is.</exception>
    public static KeyPair LoadOrCreate(string dataDirectory, KeySecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        var path = Path.Combine(dataDirectory, Name);
        if (File.Exists(path)) return Load(dataDirectory, secrets);
        if (secrets.Passphrase is null) return IdentityFile.Create(path);
        using var key = Ed25519PrivateKey.Generate();
        DurableFile.Write(path, KeyFile.Encode(key, secrets), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return KeyPair.FromSeed(key.ExportSeed());
    }

    /// <summary>Loads the identity of a data directory.</summary>
    /// <exception cref="StartupException">There is none, or it cannot be used.</exception>
    public static KeyPair Load(string dataDirectory, KeySecrets secrets)
    {
        var path = Path.Combine(dataDirectory, Name);
        try
        {
            if (!KeyFile.IsPem(path)) return IdentityFile.Load(path);
            using var key = KeyFile.ReadEd25519(path, secrets);
            return KeyPair.FromSeed(key.ExportSeed());
        }
        catch (IdentityFileException e)
        {
            throw new StartupException($"The peer identity cannot be used: {e.Message}", $"Check {dataDirectory}, or give another directory with --data-dir.", inner: e);
        }
        catch (KeyFileException e)
        {
            throw new StartupException($"The peer identity cannot be used: {e.Message}.", e.Advice, inner: e);
        }
    }
}
