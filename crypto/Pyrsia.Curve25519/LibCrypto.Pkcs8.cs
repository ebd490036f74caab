using System.Runtime.InteropServices;

namespace Pyrsia.Curve25519;

/// <summary>The calls for locked private keys: PKCS#8, and PKCS#5 in it.</summary>
internal static unsafe partial class LibCrypto
{
    [LibraryImport(Library)]
    internal static partial nint d2i_PKCS8_PRIV_KEY_INFO(nint reuse, byte** source, nint length);

    [LibraryImport(Library)]
    internal static partial int i2d_PKCS8_PRIV_KEY_INFO(nint info, byte** destination);

    [LibraryImport(Library)]
    internal static partial void PKCS8_PRIV_KEY_INFO_free(nint info);

    [LibraryImport(Library)]
    internal static partial nint d2i_X509_SIG(nint reuse, byte** source, nint length);

    [LibraryImport(Library)]
    internal static partial int i2d_X509_SIG(nint locked, byte** destination);

    [LibraryImport(Library)]
    internal static partial void X509_SIG_free(nint locked);

    [LibraryImport(Library)]
    internal static partial nint PKCS8_encrypt(int algorithm, nint cipher, ReadOnlySpan<byte> passphrase, int passphraseLength, nint salt, int saltLength, int iterations, nint info);

    [LibraryImport(Library)]
    internal static partial nint PKCS8_decrypt(nint locked, ReadOnlySpan<byte> passphrase, int passphraseLength);

    [LibraryImport(Library)]
    internal static partial nint EVP_aes_256_cbc();
}
