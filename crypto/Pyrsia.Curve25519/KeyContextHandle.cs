using Microsoft.Win32.SafeHandles;

namespace Pyrsia.Curve25519;

/// <summary>Owns one pointer that libcrypto frees by <c>EVP_PKEY_CTX_free</c>.</summary>
internal sealed class KeyContextHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_PKEY_CTX_free(handle);
        return true;
    }
}
