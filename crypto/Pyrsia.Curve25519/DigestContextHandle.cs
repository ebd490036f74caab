using Microsoft.Win32.SafeHandles;

namespace Pyrsia.Curve25519;

/// <summary>Owns one pointer that libcrypto frees by <c>EVP_MD_CTX_free</c>.</summary>
internal sealed class DigestContextHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_MD_CTX_free(handle);
        return true;
    }
}
