namespace Pyrsia.Consensus;

internal enum BlockStatus
{
    /// <summary>Its parent, an entry or a payload is missing.</summary>
    Waiting,

    /// <summary>Checked and applied.</summary>
    Valid,

    /// <summary>Wrong for everybody.</summary>
    Invalid,
}
