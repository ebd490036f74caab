namespace Pyrsia.Consensus;

/// <summary>What this participant signed in one view. Zero hash: nothing yet.</summary>
internal struct OwnSlots
{
    public Hash256 Notarized;
    public Hash256 Finalized;
    public bool Nullified;

    public readonly bool Any => !Notarized.IsZero || !Finalized.IsZero || Nullified;
}
