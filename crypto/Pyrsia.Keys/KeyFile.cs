using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Text;
using Pyrsia.Curve25519;

namespace Pyrsia.Keys;

/// <summary>
/// A private key in a file of mode 0600. Its first characters tell the form:
/// <code>
/// ed25519 BASE64                           the seed of an Ed25519 key
/// -----BEGIN PRIVATE KEY-----              PKCS#8
/// -----BEGIN ENCRYPTED PRIVATE KEY-----    PKCS#8 under a passphrase
/// pkcs11:token=…                           the name of a key in a token, which gives it to nobody
/// </code>
/// </summary>
public static class KeyFile
{
    private const string SeedForm = "ed25519 ";
    private const string PemForm = "-----BEGIN ";
    private const string PlainLabel = "PRIVATE KEY";
    private const string LockedLabel = "ENCRYPTED PRIVATE KEY";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Locks as <c>openssl pkcs8 -topk8</c> does, with rounds that cost some tenths of a second a guess, and a key.</summary>
    private static readonly PbeParameters Lock = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterationCount: 600_000);

    /// <summary>Longest file in bytes; a locked key takes some hundred.</summary>
    private const int MaxBytes = 16 * 1024;

    /// <summary>Reads a short secret that only its owner may read: a key, or a passphrase.</summary>
    /// <exception cref="KeyFileException">It is missing, too long, or may be read by others.</exception>
    public static string Read(string path) => Read(path, _ => true);

    /// <summary>Reads a short text that may hold a secret, which then only its owner may read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isSecret">Whether the text, without the white space around it, holds a secret.</param>
    /// <exception cref="KeyFileException">It is missing, too long, or holds a secret and may be read by others.</exception>
    public static string Read(string path, Func<string, bool> isSecret)
    {
        ArgumentNullException.ThrowIfNull(isSecret);
        try
        {
            var isOpen = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0;
            using var file = File.OpenRead(path);
            var bytes = new byte[MaxBytes + 1];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MaxBytes) throw new KeyFileException($"{path} is longer than {MaxBytes} bytes", "Name the right file.");
            var text = Encoding.UTF8.GetString(bytes.AsSpan(0, length)).Trim();
            CryptographicOperations.ZeroMemory(bytes);
            return isOpen && isSecret(text) ? throw new KeyFileException($"{path} may be read by others, and its mode must be 0600", $"Run: chmod 0600 {path}") : text;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KeyFileException($"there is no {path}", "Name the right folder or file.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"{path} cannot be read: {e.Message}", "Let this user read it, and nobody else.", e);
        }
    }

    /// <summary>Whether a file begins as a PEM block; false when it cannot be read.</summary>
    public static bool IsPem(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            Span<byte> start = stackalloc byte[PemForm.Length];
            return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && Encoding.ASCII.GetString(start) == PemForm;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Opens an Ed25519 key in any form.</summary>
    /// <exception cref="KeyFileException">It cannot be used.</exception>
    public static IEd25519Signer OpenEd25519(string path, KeySecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        return ReadTokenUri(path) is { } uri ? TokenEd25519Key.Open(uri, secrets.Pin) : ReadEd25519(path, secrets);
    }

    /// <summary>The key in a token that a file names; null when it holds a key itself.</summary>
    /// <exception cref="KeyFileException">It cannot be used.</exception>
    public static TokenUri? ReadTokenUri(string path)
    {
        var text = Read(path);
        if (!text.StartsWith(TokenUri.Scheme, StringComparison.Ordinal)) return null;
        return TokenUri.TryParse(text, out var uri, out var error) ? uri : throw new KeyFileException($"{path}: {error}", "Write it as pkcs11:token=LABEL;object=LABEL?module-path=/PATH/TO/MODULE.so");
    }

    /// <summary>Reads an Ed25519 key that stands in the file itself.</summary>
    /// <exception cref="KeyFileException">It cannot be used.</exception>
    public static Ed25519PrivateKey ReadEd25519(string path, KeySecrets secrets)
    {
        var text = Read(path);
        try
        {
            return text.StartsWith(SeedForm, StringComparison.Ordinal) ? FromSeedForm(path, text[SeedForm.Length..]) : Ed25519PrivateKey.FromPkcs8(DecodePem(path, text, secrets));
        }
        catch (CryptographicException e)
        {
            throw Malformed(path, "an Ed25519 key", e);
        }
    }

    /// <summary>Reads the PKCS#8 encoding of a key that is kept as PEM.</summary>
    /// <exception cref="KeyFileException">It cannot be used.</exception>
    public static byte[] ReadPkcs8(string path, KeySecrets secrets) => DecodePem(path, Read(path), secrets);

    /// <summary>The content of a file for an Ed25519 key: locked when there is a passphrase.</summary>
    public static byte[] Encode(Ed25519PrivateKey key, KeySecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(secrets);
        return secrets.Passphrase is null ? Encoding.ASCII.GetBytes($"{SeedForm}{Convert.ToBase64String(key.ExportSeed())}\n") : EncodePem(key.ExportPkcs8(), secrets);
    }

    /// <summary>The PEM file of a PKCS#8 key: locked when there is a passphrase.</summary>
    public static byte[] EncodePem(ReadOnlySpan<byte> pkcs8, KeySecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        var pem = secrets.Passphrase is { } passphrase ? PemEncoding.WriteString(LockedLabel, Pkcs8PrivateKeyInfo.Decode(pkcs8.ToArray(), out _, skipCopy: true).Encrypt(passphrase, Lock)) : PemEncoding.WriteString(PlainLabel, pkcs8);
        return Encoding.ASCII.GetBytes(pem + "\n");
    }

    private static Ed25519PrivateKey FromSeedForm(string path, string base64)
    {
        var seed = new byte[Ed25519PrivateKey.SeedLength];
        return Base64.IsValid(base64) && Convert.TryFromBase64String(base64, seed, out var length) && length == seed.Length ? Ed25519PrivateKey.FromSeed(seed) : throw Malformed(path, "an Ed25519 key");
    }

    private static byte[] DecodePem(string path, string text, KeySecrets secrets)
    {
        if (!PemEncoding.TryFind(text, out var fields)) throw Malformed(path, "a private key");
        var bytes = Convert.FromBase64String(text[fields.Base64Data]);
        switch (text[fields.Label])
        {
            case PlainLabel:
                return bytes;
            case LockedLabel when secrets.Passphrase is null:
                throw new KeyFileException($"{path} is encrypted, and no passphrase was given", "Set PYRSIA_KEY_PASSPHRASE, or give a file of mode 0600 that holds it: --key-passphrase @FILE");
            case LockedLabel:
                return Unlock(path, bytes, secrets.Passphrase);
            case var label:
                throw new KeyFileException($"{path} holds a '{label}'", "Convert it: openssl pkcs8 -topk8 -in FILE");
        }
    }

    private static byte[] Unlock(string path, byte[] locked, string passphrase)
    {
        try
        {
            return Pkcs8PrivateKeyInfo.DecryptAndDecode(passphrase, locked, out _).Encode();
        }
        catch (CryptographicException e)
        {
            throw new KeyFileException($"{path} does not open with the passphrase that was given: it is another one, or the file is damaged", "Correct PYRSIA_KEY_PASSPHRASE or the file that --key-passphrase names.", e);
        }
    }

    private static KeyFileException Malformed(string path, string what, Exception? inner = null) => new($"{path} does not hold {what}", "Restore it from a backup; it is written by pyrsia-authority init.", inner);
}
