using System.Buffers.Binary;
using System.Text;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Provenance.Ledger;

/// <summary>What is kept for ever, since rules ask for it: as few bytes of each as they need, and never by less than a whole digest, for replicas must agree.</summary>
public sealed partial record LedgerState
{
    private const int IndexLength = sizeof(long);

    private RowTable Closed { get; init; } = RowTable.Create(Digest.Length, 1 + IndexLength);

    private RowTable Names { get; init; } = RowTable.Create(Digest.Length, IndexLength + Digest.Length);

    private RowTable Digests { get; init; } = RowTable.Create(Digest.Length, 0);

    private RowTable Mappings { get; init; } = RowTable.Create(Digest.Length, IndexLength + Digest.Length);

    /// <summary>Mappings that a quorum approved, so that none of them can be brought up a second time to undo a later one.</summary>
    private RowTable Decided { get; init; } = RowTable.Create(Digest.Length, 0);

    /// <summary>A request that has its verdict; null for an open one, and for one that is not logged.</summary>
    public ClosedRequest? FindClosed(RequestId id)
    {
        var key = id.Value;
        return Closed.TryFind(key.Bytes, out var value) ? new ClosedRequest((EntryType)value[0], BinaryPrimitives.ReadInt64BigEndian(value[1..])) : null;
    }

    /// <summary>What an immutable coordinate answers with for good, its first verified result; null when it has none yet, and for what may change: no rule asks for that.</summary>
    public NameAnswer? FindName(string coordinate) =>
        Names.TryFind(KeyOf(coordinate).Bytes, out var value) ? new NameAnswer(BinaryPrimitives.ReadInt64BigEndian(value), new Digest(value[IndexLength..])) : null;

    /// <summary>What a coordinate is built from, by decision of a quorum and of nobody else; null when none has decided.</summary>
    public LedgerMapping? FindMapping(string coordinate) =>
        Mappings.TryFind(KeyOf(coordinate).Bytes, out var value) ? new LedgerMapping(new Digest(value[IndexLength..]), BinaryPrimitives.ReadInt64BigEndian(value)) : null;

    /// <summary>Whether a verdict has verified an output of that digest.</summary>
    public bool IsVerified(Digest output) => Digests.Contains(output.Bytes);

    private bool IsDecided(MappingId id)
    {
        var key = id.Value;
        return Decided.Contains(key.Bytes);
    }

    private LedgerState Remember(RequestId id, ClosedRequest closed)
    {
        Span<byte> value = stackalloc byte[1 + IndexLength];
        value[0] = checked((byte)closed.Verdict);
        BinaryPrimitives.WriteInt64BigEndian(value[1..], closed.VerdictIndex);
        var key = id.Value;
        return this with { Closed = Closed.With(key.Bytes, value) };
    }

    private LedgerState Remember(Digest verified) => IsVerified(verified) ? this : this with { Digests = Digests.With(verified.Bytes, []) };

    private LedgerState Remember(string coordinate, NameAnswer answer) => this with { Names = Names.With(KeyOf(coordinate).Bytes, Join(answer.VerdictIndex, answer.Outputs)) };

    private LedgerState Remember(string coordinate, LedgerMapping mapping) => this with { Mappings = Mappings.With(KeyOf(coordinate).Bytes, Join(mapping.Index, mapping.Source)) };

    private LedgerState Remember(MappingId decided)
    {
        var key = decided.Value;
        return this with { Decided = Decided.With(key.Bytes, []) };
    }

    private static Digest KeyOf(string coordinate) => Digest.Of(Encoding.UTF8.GetBytes(coordinate));

    private static byte[] Join(long index, Digest digest)
    {
        var value = new byte[IndexLength + Digest.Length];
        BinaryPrimitives.WriteInt64BigEndian(value, index);
        digest.Bytes.CopyTo(value.AsSpan(IndexLength));
        return value;
    }
}
