using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Attestations;

/// <summary>
/// An ECDSA P-256 public key as SubjectPublicKeyInfo: 26 fixed bytes and an uncompressed point of 65 bytes. Verifies signatures
/// over SHA-256 in strict DER with a low s only, so that nobody can turn a signature into another valid one.
/// </summary>
public sealed class P256PublicKey : IEquatable<P256PublicKey>
{
    /// <summary>Bytes of the key's DER encoding.</summary>
    public const int SpkiLength = 91;

    /// <summary>Most keys that are known to be good: as many as a network has builders.</summary>
    private const int MaxKnown = GenesisDocument.MaxBuilders;

    /// <summary>Keys that were found to be points of the curve, which takes as long as to verify a signature: few sign most of a log.</summary>
    private static readonly ConcurrentDictionary<Digest, P256PublicKey> Known = new();

    private static readonly byte[] SpkiPrefix = Convert.FromHexString("3059301306072a8648ce3d020106082a8648ce3d030107034200");
    private readonly byte[] _spki;

    private P256PublicKey(byte[] spki)
    {
        _spki = spki;
        KeyId = Digest.Of(spki);
    }

    /// <summary>The DER encoding.</summary>
    public ReadOnlySpan<byte> Spki => _spki;

    /// <summary>SHA-256 of the DER encoding.</summary>
    public Digest KeyId { get; }

    /// <summary>Takes a key from its DER encoding; false when it is no uncompressed point on P-256 in that exact form.</summary>
    public static bool TryFromSpki(ReadOnlySpan<byte> spki, [NotNullWhen(true)] out P256PublicKey? key)
    {
        key = null;
        if (spki.Length != SpkiLength || !spki.StartsWith(SpkiPrefix) || spki[SpkiPrefix.Length] != 0x04)
            return false;
        var candidate = new P256PublicKey(spki.ToArray());
        if (Known.TryGetValue(candidate.KeyId, out key))
            return true;
        try
        {
            using var _ = candidate.Open();
        }
        catch (CryptographicException)
        {
            return false;
        }

        if (Known.Count >= MaxKnown)
            Known.Clear(); // strangers' keys must not keep the builders' out
        key = Known.GetOrAdd(candidate.KeyId, candidate);
        return true;
    }

    /// <summary>Whether the signature is strict DER, has a low s, and verifies over SHA-256 of the message.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Span<byte> fixedForm = stackalloc byte[EcdsaDer.FixedLength];
        if (!EcdsaDer.TryDecode(signature, fixedForm) || !EcdsaDer.IsLowS(fixedForm[32..]))
            return false;
        using var ecdsa = Open();
        return ecdsa.VerifyData(message, fixedForm, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <inheritdoc/>
    public bool Equals(P256PublicKey? other) => other is not null && KeyId == other.KeyId;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as P256PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => KeyId.GetHashCode();

    /// <summary>The DER encoding in base64.</summary>
    public override string ToString() => Convert.ToBase64String(_spki);

    private ECDsa Open()
    {
        var point = _spki.AsSpan(SpkiPrefix.Length + 1);
        return ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point[..32].ToArray(), Y = point[32..].ToArray() },
        });
    }
}
