using System.Diagnostics.CodeAnalysis;
using Pyrsia.Contracts;
using Pyrsia.Curve25519;

namespace Pyrsia.Provenance.Attestations;

/// <summary>The public key that an entry is signed with: P-256 for builders, Ed25519 for those who ask for a build.</summary>
public sealed class SignerKey : IEquatable<SignerKey>
{
    /// <summary>Sigstore's name of ECDSA P-256 over SHA-256.</summary>
    public const string P256Details = "PKIX_ECDSA_P256_SHA_256";

    /// <summary>Sigstore's name of pure Ed25519.</summary>
    public const string Ed25519Details = "PKIX_ED25519";

    private static readonly byte[] Ed25519SpkiPrefix = Convert.FromHexString("302a300506032b6570032100");
    private readonly byte[] _spki;

    /// <summary>A P-256 key.</summary>
    public SignerKey(P256PublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        P256 = key;
        _spki = key.Spki.ToArray();
        KeyId = key.KeyId;
    }

    /// <summary>An Ed25519 key.</summary>
    public SignerKey(Ed25519PublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        Ed25519 = key;
        _spki = [.. Ed25519SpkiPrefix, .. key.Bytes];
        KeyId = Digest.Of(_spki);
    }

    /// <summary>The P-256 key, if it is one.</summary>
    public P256PublicKey? P256 { get; }

    /// <summary>The Ed25519 key, if it is one.</summary>
    public Ed25519PublicKey? Ed25519 { get; }

    /// <summary>The SubjectPublicKeyInfo encoding.</summary>
    public ReadOnlySpan<byte> Spki => _spki;

    /// <summary>SHA-256 of <see cref="Spki"/>.</summary>
    public Digest KeyId { get; }

    /// <summary>Sigstore's name of the key's kind.</summary>
    public string Details => P256 is null ? Ed25519Details : P256Details;

    /// <summary>Takes a key from its SubjectPublicKeyInfo and the kind that it is said to be.</summary>
    public static bool TryCreate(string details, ReadOnlySpan<byte> spki, [NotNullWhen(true)] out SignerKey? key)
    {
        key = null;
        if (details == P256Details && P256PublicKey.TryFromSpki(spki, out var p256))
            key = new SignerKey(p256);
        else if (details == Ed25519Details && spki.Length == Ed25519SpkiPrefix.Length + Ed25519PublicKey.Length
            && spki.StartsWith(Ed25519SpkiPrefix) && Ed25519PublicKey.TryCreate(spki[Ed25519SpkiPrefix.Length..], out var ed25519))
            key = new SignerKey(ed25519);
        return key is not null;
    }

    /// <summary>Verifies a signature over a message.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        P256 is not null
            ? P256.Verify(message, signature)
            : signature.Length == Ed25519PublicKey.SignatureLength && Ed25519!.Verify(message, signature);

    /// <inheritdoc/>
    public bool Equals(SignerKey? other) => other is not null && KeyId == other.KeyId;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SignerKey);

    /// <inheritdoc/>
    public override int GetHashCode() => KeyId.GetHashCode();
}
