using Pyrsia.Consensus;
using Pyrsia.Testing.Consensus;

namespace Pyrsia.Fuzz.Targets;

/// <summary>What authorities say to each other and write to their disks.</summary>
internal static class ConsensusTargets
{
    private const int Participants = 10;
    private const int SampleCount = 60;

    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("consensus-message", Messages, input =>
        {
            if (new MessageCodec(Participants).Decode(input) is { } message) Promise.OneSpelling(input, new MessageCodec(Participants).Encode(message));
        }),
        new("epoch-envelope", () => [EpochEnvelope.Wrap(new Epoch(3), [1, 2, 3]), EpochEnvelope.Wrap(new Epoch(ulong.MaxValue), [0])], input =>
        {
            if (EpochEnvelope.TryOpen(input, out var epoch, out var message)) Promise.OneSpelling(input, EpochEnvelope.Wrap(epoch, message));
        }),
        new("journal-record", Records, CheckRecord),
        new("finalized-block", Blocks, input =>
        {
            if (FinalizedBlockCodec.Decode(input) is not { } block) return;
            var writer = new WireWriter();
            FinalizedBlockCodec.Encode(writer, block, input[0]);
            Promise.OneSpelling(input, writer.Written);
        }),
    ];

    private static List<byte[]> Messages()
    {
        var samples = new MessageSamples(1, Participants);
        var codec = new MessageCodec(Participants);
        return [.. Enumerable.Range(0, SampleCount).Select(_ => codec.Encode(samples.Next()))];
    }

    /// <summary>The kind in front of the payload, as the journal keeps it in the record's header.</summary>
    private static List<byte[]> Records()
    {
        var samples = new MessageSamples(2, Participants);
        var codec = new JournalRecordCodec(Participants);
        JournalRecord[] records =
        [
            new VoteRecord(samples.Vote()), new BlockRecord(samples.Block()), new BlockRecord(samples.Block()), new CertificateRecord(samples.Certificate(VoteKind.Finalize)),
            new EntryRecord(samples.Entry()), new StoppedRecord("a reason"),
        ];
        return [.. records.Select(record => (byte[])[(byte)record.Kind, .. codec.Encode(record)])];
    }

    private static void CheckRecord(byte[] input)
    {
        if (input.Length == 0) return;
        var codec = new JournalRecordCodec(Participants);
        var record = codec.Decode((JournalRecordKind)input[0], input.AsSpan(1));
        // The reason why a key stopped is text for people; nothing depends on its spelling.
        if (record is not (null or StoppedRecord)) Promise.OneSpelling(input.AsSpan(1), codec.Encode(record));
    }

    private static List<byte[]> Blocks()
    {
        var samples = new MessageSamples(3, Participants);
        FinalizedBlock Block(ulong height)
        {
            var block = samples.Block();
            return new FinalizedBlock(height, block.Header, block.Justification, block.Entries, block.Notarization, block.Finalization);
        }

        byte[] Encode(FinalizedBlock block)
        {
            var writer = new WireWriter();
            FinalizedBlockCodec.Encode(writer, block, Participants);
            return writer.ToArray();
        }

        return [.. Enumerable.Range(0, 8).Select(i => Encode(Block((ulong)i))), Encode(Block(9) with { Proof = [Block(10), Block(11)] })];
    }
}
