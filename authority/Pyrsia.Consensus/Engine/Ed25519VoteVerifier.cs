using Pyrsia.Curve25519;

namespace Pyrsia.Consensus;

/// <summary>The Ed25519 vote keys of a set, in the order of its participants.</summary>
public sealed class Ed25519VoteVerifier(IReadOnlyList<Ed25519PublicKey> keys) : IVerifier
{
    /// <inheritdoc/>
    public bool Verify(int signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signer >= 0 && signer < keys.Count && keys[signer].Verify(message, signature);
}
