namespace Pyrsia.Curve25519;

/// <summary>Signs with one Ed25519 key, wherever its private half is: in memory, or in a token that never gives it out. For several threads.</summary>
public interface IEd25519Signer : IDisposable
{
    /// <summary>The public half.</summary>
    Ed25519PublicKey PublicKey { get; }

    /// <summary>Signs a message into <paramref name="signature"/>, which must hold 64 bytes; the signature is the same every time.</summary>
    void Sign(ReadOnlySpan<byte> message, Span<byte> signature);

    /// <summary>Signs a message; the signature has 64 bytes.</summary>
    byte[] Sign(ReadOnlySpan<byte> message)
    {
        var signature = new byte[Ed25519PublicKey.SignatureLength];
        Sign(message, signature);
        return signature;
    }
}
