namespace Pyrsia.Consensus;

/// <summary>Types of records in a journal; the numbers are part of the format.</summary>
public enum JournalRecordKind
{
    /// <summary>An own vote with its signature.</summary>
    Vote = 1,

    /// <summary>The body of a block that an own vote depends on.</summary>
    Block = 2,

    /// <summary>A certificate.</summary>
    Certificate = 3,

    /// <summary>An entry that was accepted here and is not final yet.</summary>
    Entry = 4,

    /// <summary>The key must not vote again in its epoch.</summary>
    Stopped = 5,
}
