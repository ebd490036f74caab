using Pyrsia.Curve25519;

namespace Pyrsia.Consensus;

/// <summary>Votes with an Ed25519 key.</summary>
public sealed class Ed25519VoteSigner(IEd25519Signer key) : ISigner
{
    /// <inheritdoc/>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature) => key.Sign(message, signature);
}
