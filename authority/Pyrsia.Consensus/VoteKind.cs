namespace Pyrsia.Consensus;

/// <summary>
/// The three votes of Simplex. Slot 1 of a view takes one <see cref="Notarize"/>; slot 2 takes one <see cref="Nullify"/> or one
/// <see cref="Finalize"/>, never both. Numbers are those of the signed bytes and of the wire.
/// </summary>
public enum VoteKind
{
    /// <summary>Slot 1: this block is valid and the first one seen in its view.</summary>
    Notarize = 1,

    /// <summary>Slot 2: this view should end without a block.</summary>
    Nullify = 2,

    /// <summary>Slot 2: this block is notarized and the signer has not nullified its view.</summary>
    Finalize = 3,
}
