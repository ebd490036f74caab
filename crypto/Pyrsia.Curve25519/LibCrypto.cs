using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pyrsia.Curve25519;

/// <summary>The few EVP calls of OpenSSL 3's libcrypto that Ed25519 and X25519 need.</summary>
/// <remarks>.NET 10 has neither curve; on Linux its own cryptography already loads this library.</remarks>
internal static unsafe partial class LibCrypto
{
    internal const int X25519 = 1034;
    internal const int Ed25519 = 1087;

    private const string Library = "libcrypto.so.3";

    [LibraryImport(Library)]
    internal static partial PKeyHandle EVP_PKEY_new_raw_private_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library)]
    internal static partial PKeyHandle EVP_PKEY_new_raw_public_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_get_raw_public_key(PKeyHandle key, Span<byte> output, ref nuint length);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_get_raw_private_key(PKeyHandle key, Span<byte> output, ref nuint length);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_get_base_id(PKeyHandle key);

    [LibraryImport(Library)]
    internal static partial PKeyHandle d2i_AutoPrivateKey(nint reuse, byte** source, nint length);

    [LibraryImport(Library)]
    internal static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    internal static partial DigestContextHandle EVP_MD_CTX_new();

    [LibraryImport(Library)]
    internal static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestSignInit(DigestContextHandle context, nint keyContext, nint digest, nint engine, PKeyHandle key);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestSign(DigestContextHandle context, Span<byte> signature, ref nuint signatureLength, ReadOnlySpan<byte> message, nuint messageLength);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestVerifyInit(DigestContextHandle context, nint keyContext, nint digest, nint engine, PKeyHandle key);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestVerify(DigestContextHandle context, ReadOnlySpan<byte> signature, nuint signatureLength, ReadOnlySpan<byte> message, nuint messageLength);

    [LibraryImport(Library)]
    internal static partial KeyContextHandle EVP_PKEY_CTX_new(PKeyHandle key, nint engine);

    [LibraryImport(Library)]
    internal static partial void EVP_PKEY_CTX_free(nint context);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_derive_init(KeyContextHandle context);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_derive_set_peer(KeyContextHandle context, PKeyHandle peer);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_derive(KeyContextHandle context, Span<byte> secret, ref nuint length);

    [LibraryImport(Library)]
    internal static partial void ERR_clear_error();

    /// <summary>Makes a private key of 32 raw bytes.</summary>
    /// <exception cref="CryptographicException">libcrypto refuses the key.</exception>
    internal static PKeyHandle PrivateKey(int type, ReadOnlySpan<byte> raw) =>
        Checked(EVP_PKEY_new_raw_private_key(type, 0, raw, (nuint)raw.Length));

    /// <summary>Makes a public key of 32 raw bytes.</summary>
    /// <exception cref="CryptographicException">libcrypto refuses the key.</exception>
    internal static PKeyHandle PublicKey(int type, ReadOnlySpan<byte> raw) =>
        Checked(EVP_PKEY_new_raw_public_key(type, 0, raw, (nuint)raw.Length));

    /// <summary>The 32 bytes of a key's public half.</summary>
    internal static byte[] RawPublicKey(PKeyHandle key)
    {
        var raw = new byte[32];
        nuint length = 32;
        Check(EVP_PKEY_get_raw_public_key(key, raw, ref length));
        return raw;
    }

    /// <summary>Turns an EVP return code into an exception, and empties libcrypto's error queue for the next caller.</summary>
    internal static void Check(int result)
    {
        if (result == 1) return;
        ERR_clear_error();
        throw new CryptographicException("libcrypto refused the operation.");
    }

    private static PKeyHandle Checked(PKeyHandle key)
    {
        if (!key.IsInvalid) return key;
        ERR_clear_error();
        key.Dispose();
        throw new CryptographicException("libcrypto refused the key.");
    }
}
