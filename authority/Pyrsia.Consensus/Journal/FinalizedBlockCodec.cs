namespace Pyrsia.Consensus;

/// <summary><code>participants 1 | height 8 | block as in a Block message | count 4 | for each block of the proof: height 8 | block</code></summary>
internal static class FinalizedBlockCodec
{
    /// <summary>Blocks above a stop block are few: a view or two later one of them is final.</summary>
    private const int MaxProof = 4096;

    /// <summary>Smallest encoding of a block: a header, and empty lists.</summary>
    private const int MinBlockBytes = 8 + HeaderCodec.MinBytes;

    public static void Encode(WireWriter to, FinalizedBlock block, int participants)
    {
        var codec = new MessageCodec(participants);
        to.Byte((byte)participants);
        Write(to, block, codec);
        to.UInt32((uint)block.Proof.Count);
        foreach (var above in block.Proof) Write(to, above, codec);
    }

    public static FinalizedBlock? Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        int participants = reader.Byte();
        if (participants is 0 or > ConsensusLimits.MaxParticipants) return null;
        var codec = new MessageCodec(participants);
        if (Read(ref reader, codec, bytes) is not { } block) return null;
        var proof = new FinalizedBlock[reader.Count(MaxProof, MinBlockBytes)];
        for (var i = 0; i < proof.Length; i++)
        {
            if (Read(ref reader, codec, bytes) is not { } above) return null;
            proof[i] = above;
        }
        return reader.AtEnd ? block with { Proof = proof, Participants = participants } : null;
    }

    private static void Write(WireWriter to, FinalizedBlock block, MessageCodec codec)
    {
        to.UInt64(block.Height);
        codec.WriteBlock(to, new BlockMessage(block.Header, block.Justification, [.. block.Entries], block.Notarization, block.Finalization));
    }

    private static FinalizedBlock? Read(ref WireReader from, MessageCodec codec, ReadOnlySpan<byte> whole)
    {
        var height = from.UInt64(View.MaxNumber);
        return codec.ReadBlock(ref from, whole) is { } block
            ? new FinalizedBlock(height, block.Header, block.Justification, block.Entries, block.Notarization, block.Finalization)
            : null;
    }
}
