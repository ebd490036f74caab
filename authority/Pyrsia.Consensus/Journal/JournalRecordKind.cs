namespace Pyrsia.Consensus;

/// <summary>Types of records on disk; the numbers are part of the format.</summary>
internal enum JournalRecordKind
{
    Vote = 1,
    Block = 2,
    Certificate = 3,
    Entry = 4,
    Stopped = 5,
}
