namespace Pyrsia.Consensus;

/// <summary>What a participant must remember before it speaks.</summary>
internal abstract record JournalRecord
{
    public abstract JournalRecordKind Kind { get; }
}

/// <summary>An own vote with its signature, so that it can be sent again byte for byte.</summary>
internal sealed record VoteRecord(Vote Vote) : JournalRecord
{
    public override JournalRecordKind Kind => JournalRecordKind.Vote;
}

/// <summary>The body of a block that an own vote is for, or that such a block stands on.</summary>
internal sealed record BlockRecord(BlockMessage Block) : JournalRecord
{
    public override JournalRecordKind Kind => JournalRecordKind.Block;
}

internal sealed record CertificateRecord(Certificate Certificate) : JournalRecord
{
    public override JournalRecordKind Kind => JournalRecordKind.Certificate;
}

/// <summary>This key must not vote again in its epoch.</summary>
internal sealed record StoppedRecord(string Reason) : JournalRecord
{
    public override JournalRecordKind Kind => JournalRecordKind.Stopped;
}

/// <summary>An entry that was accepted from a client here and is not final yet.</summary>
internal sealed record EntryRecord(Entry Entry) : JournalRecord
{
    public override JournalRecordKind Kind => JournalRecordKind.Entry;
}
