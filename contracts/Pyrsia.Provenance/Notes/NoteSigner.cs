using System.Buffers.Binary;
using Pyrsia.Curve25519;

namespace Pyrsia.Provenance.Notes;

/// <summary>Signs notes under a name, as a log (0x01) or as a cosigner (0x04).</summary>
public sealed class NoteSigner
{
    private readonly IEd25519Signer _key;

    /// <summary>Binds a private key to a name and a signature type. The key stays the caller's to dispose.</summary>
    public NoteSigner(string name, NoteSignatureType type, IEd25519Signer key)
    {
        ArgumentNullException.ThrowIfNull(key);
        _key = key;
        VerifierKey = new VerifierKey(name, type, key.PublicKey);
    }

    /// <summary>The public half.</summary>
    public VerifierKey VerifierKey { get; }

    /// <summary>Signs a note's text.</summary>
    /// <param name="text">The text, with its last newline.</param>
    /// <param name="timestamp">Seconds since 1970 that a cosignature states; not used by a log signature.</param>
    public NoteSignature Sign(string text, long timestamp = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(timestamp);
        if (VerifierKey.Type == NoteSignatureType.Ed25519)
            return new NoteSignature(VerifierKey.Name, VerifierKey.KeyId, _key.Sign(System.Text.Encoding.UTF8.GetBytes(text)));
        var value = new byte[8 + Ed25519PublicKey.SignatureLength];
        BinaryPrimitives.WriteInt64BigEndian(value, timestamp);
        _key.Sign(VerifierKey.CosignedMessage(text, timestamp)).CopyTo(value, 8);
        return new NoteSignature(VerifierKey.Name, VerifierKey.KeyId, value);
    }
}
