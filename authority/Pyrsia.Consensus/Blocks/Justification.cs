namespace Pyrsia.Consensus;

/// <summary>
/// Why a block may extend its parent: the parent's notarization or finalization (none when the parent is the epoch's genesis) and one
/// nullification for every view between the parent's and the block's. It travels with the block, so nobody depends on what others stored.
/// </summary>
public sealed class Justification
{
    private readonly Certificate[] _nullifications;
    private Hash256 _hash;

    internal Justification(Certificate? parent, Certificate[] nullifications)
    {
        Parent = parent;
        _nullifications = nullifications;
    }

    internal Justification(Certificate? parent, Certificate[] nullifications, Hash256 hash)
        : this(parent, nullifications) => _hash = hash;

    /// <summary>The parent's certificate; null when the parent is the genesis of the epoch.</summary>
    public Certificate? Parent { get; }

    /// <summary>Nullifications of the views between, ascending.</summary>
    public ReadOnlySpan<Certificate> Nullifications => _nullifications;

    /// <summary>The certificate by which the block's view may be entered; null in the first view.</summary>
    internal Certificate? Last => _nullifications.Length > 0 ? _nullifications[^1] : Parent;

    /// <summary>SHA-256 of the canonical encoding for a set of <paramref name="participants"/>.</summary>
    public Hash256 Hash(int participants) => _hash.IsZero ? _hash = CertificateCodec.HashOf(this, participants) : _hash;
}
