using Pyrsia.Curve25519;
using Pyrsia.Provenance.Attestations;

namespace Pyrsia.Provenance.Entries;

/// <summary>Signs entries, as a builder or as an asker. The key stays the caller's to dispose.</summary>
public sealed class EntrySigner
{
    private readonly P256PrivateKey? _p256;
    private readonly IEd25519Signer? _ed25519;

    /// <summary>A builder.</summary>
    public EntrySigner(P256PrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        _p256 = key;
        Key = new SignerKey(key.PublicKey);
    }

    /// <summary>An asker.</summary>
    public EntrySigner(IEd25519Signer key)
    {
        ArgumentNullException.ThrowIfNull(key);
        _ed25519 = key;
        Key = new SignerKey(key.PublicKey);
    }

    /// <summary>The public key.</summary>
    public SignerKey Key { get; }

    /// <summary>
    /// Signs a body into an entry. A P-256 signature differs from time to time: keep the entry that was made first and send that again.
    /// </summary>
    /// <param name="body">What to say.</param>
    /// <param name="nonce">The 32 bytes that open the commitment, for a result; empty for everything else.</param>
    public SignedEntry Sign(EntryBody body, ReadOnlyMemory<byte> nonce = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        var payload = body.ToJson().ToBytes();
        var pae = Dsse.Pae(body.Type.PayloadType(), payload);
        var signature = _p256 is not null ? _p256.Sign(pae) : _ed25519!.Sign(pae);
        return SignedEntry.Create(body.Type, payload, signature, Key, nonce);
    }
}
