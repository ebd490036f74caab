using System.Security.Cryptography;
using System.Text;

namespace Pyrsia.Curve25519;

/// <summary>A private key under a passphrase: PKCS#8's EncryptedPrivateKeyInfo, as <c>openssl pkcs8 -topk8</c> writes and reads it.</summary>
/// <remarks>Locks by PBES2 with PBKDF2 (HMAC-SHA-256) and AES-256-CBC; opens whatever libcrypto opens, scrypt included.</remarks>
/// <seealso href="https://www.rfc-editor.org/rfc/rfc5958#section-3"/>
public static unsafe class LockedPkcs8
{
    /// <summary>The label of the PEM block.</summary>
    public const string PemLabel = "ENCRYPTED PRIVATE KEY";

    /// <summary>Rounds of PBKDF2: some tenths of a second a guess, and a key.</summary>
    public const int Iterations = 600_000;

    /// <summary>Bytes of salt; RFC 8018 asks for 8 or more.</summary>
    private const int SaltLength = 16;

    private delegate int Encoder(nint value, byte** destination);

    /// <summary>Locks a PKCS#8 private key.</summary>
    /// <exception cref="CryptographicException">The bytes are no PKCS#8 private key.</exception>
    public static byte[] Lock(ReadOnlySpan<byte> pkcs8, string passphrase)
    {
        ArgumentException.ThrowIfNullOrEmpty(passphrase);
        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        var secret = Encoding.UTF8.GetBytes(passphrase);
        nint info = 0, locked = 0;
        try
        {
            fixed (byte* start = pkcs8, saltStart = salt)
            {
                var at = start;
                info = NotNull(LibCrypto.d2i_PKCS8_PRIV_KEY_INFO(0, &at, pkcs8.Length));
                locked = NotNull(LibCrypto.PKCS8_encrypt(-1, LibCrypto.EVP_aes_256_cbc(), secret, secret.Length, (nint)saltStart, salt.Length, Iterations, info));
                return Encode(locked, LibCrypto.i2d_X509_SIG);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
            LibCrypto.PKCS8_PRIV_KEY_INFO_free(info);
            LibCrypto.X509_SIG_free(locked);
        }
    }

    /// <summary>Opens a locked private key: the PKCS#8 encoding, a secret.</summary>
    /// <exception cref="CryptographicException">The passphrase is wrong, or the bytes are no locked private key.</exception>
    public static byte[] Open(ReadOnlySpan<byte> locked, string passphrase)
    {
        ArgumentException.ThrowIfNullOrEmpty(passphrase);
        var secret = Encoding.UTF8.GetBytes(passphrase);
        nint info = 0, signature = 0;
        try
        {
            fixed (byte* start = locked)
            {
                var at = start;
                signature = NotNull(LibCrypto.d2i_X509_SIG(0, &at, locked.Length));
            }
            info = NotNull(LibCrypto.PKCS8_decrypt(signature, secret, secret.Length));
            return Encode(info, LibCrypto.i2d_PKCS8_PRIV_KEY_INFO);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
            LibCrypto.PKCS8_PRIV_KEY_INFO_free(info);
            LibCrypto.X509_SIG_free(signature);
        }
    }

    private static byte[] Encode(nint value, Encoder encoder)
    {
        var length = encoder(value, null);
        if (length <= 0) NotNull(0);
        var encoded = new byte[length];
        fixed (byte* start = encoded)
        {
            var at = start;
            LibCrypto.Check(encoder(value, &at) == length ? 1 : 0);
        }
        return encoded;
    }

    private static nint NotNull(nint pointer)
    {
        if (pointer == 0) LibCrypto.Check(0);
        return pointer;
    }
}
