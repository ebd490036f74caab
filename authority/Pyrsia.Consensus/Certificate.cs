namespace Pyrsia.Consensus;

/// <summary>
/// A quorum's votes of one kind for one content: a notarization, a nullification or a finalization.
/// Holds exactly a quorum of signatures, in ascending order of the signers.
/// </summary>
public sealed class Certificate : IEquatable<Certificate>
{
    private readonly byte[] _signers;
    private readonly VoteSignature[] _signatures;

    internal Certificate(VoteKind kind, Epoch epoch, View view, Hash256 block, byte[] signers, VoteSignature[] signatures)
    {
        (Kind, Epoch, View, Block) = (kind, epoch, view, block);
        (_signers, _signatures) = (signers, signatures);
    }

    /// <summary>The kind of the votes.</summary>
    public VoteKind Kind { get; }

    /// <summary>The epoch of the votes.</summary>
    public Epoch Epoch { get; }

    /// <summary>The view of the votes.</summary>
    public View View { get; }

    /// <summary>The block voted for; zero for a nullification.</summary>
    public Hash256 Block { get; }

    /// <summary>Indexes of the signers, ascending.</summary>
    public ReadOnlySpan<byte> Signers => _signers;

    /// <summary>The signatures, in the order of <see cref="Signers"/>.</summary>
    public ReadOnlySpan<VoteSignature> Signatures => _signatures;

    /// <summary>Whether every signature holds and there are exactly <paramref name="quorum"/> of them.</summary>
    public bool Verify(Hash256 chainId, int quorum, IVerifier verifier)
    {
        if (_signers.Length != quorum) return false;
        Span<byte> message = stackalloc byte[VoteBytes.Length];
        Span<byte> signature = stackalloc byte[VoteSignature.Size];
        VoteBytes.Write(message, chainId, Kind, Epoch, View, Block);
        for (var i = 0; i < _signers.Length; i++)
        {
            _signatures[i].CopyTo(signature);
            if (!verifier.Verify(_signers[i], message, signature)) return false;
        }
        return true;
    }

    /// <summary>Same content, same signers and same signatures.</summary>
    public bool Equals(Certificate? other) =>
        other is not null && Kind == other.Kind && Epoch == other.Epoch && View == other.View && Block == other.Block
        && _signers.AsSpan().SequenceEqual(other._signers) && _signatures.AsSpan().SequenceEqual(other._signatures);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Certificate);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Epoch, View, Block);

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Epoch} {View} {Block.ToString()[..8]}";
}
