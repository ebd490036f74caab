namespace Pyrsia.Consensus;

/// <summary>Where the journal of one epoch is kept. It knows bytes, and of votes their slot; one caller at a time.</summary>
public interface IJournalStorage : IDisposable
{
    /// <summary>Names the place in messages.</summary>
    string Place { get; }

    /// <summary>What the journal is.</summary>
    JournalHeader Header { get; }

    /// <summary>Bytes that its records take, for the decision to begin it anew.</summary>
    long Length { get; }

    /// <summary>Why nobody may vote with this journal although it is whole, such as another running copy that holds it; null when there is no reason.</summary>
    string? Refusal { get; }

    /// <summary>Hands over all records, oldest first.</summary>
    /// <exception cref="ConsensusDataException">They are damaged.</exception>
    void ReadAll(Action<JournalRecordKind, ReadOnlyMemory<byte>> record);

    /// <summary>Adds a record to the batch.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="slot">Of a vote, its slot; null for all else.</param>
    /// <param name="payload">Its bytes, not kept after the call.</param>
    void Add(JournalRecordKind kind, VoteSlot? slot, ReadOnlySpan<byte> payload);

    /// <summary>Writes the batch, all of it or nothing, and returns when it is durable.</summary>
    /// <exception cref="ConsensusDataException">A vote of the batch is for a slot that has another vote already, or for a view that is closed; nothing of the batch is written.</exception>
    void Commit();

    /// <summary>Begins the journal anew with these records; the old ones are there until the new ones are durable.</summary>
    /// <param name="records">What is still needed.</param>
    /// <param name="floor">The height that is final.</param>
    /// <param name="closed">The view of that height's block: no vote is taken for it or an earlier one from then on, in this epoch, and so theirs may be forgotten.</param>
    void Replace(IEnumerable<(JournalRecordKind Kind, VoteSlot? Slot, byte[] Payload)> records, ulong floor, View closed);
}
