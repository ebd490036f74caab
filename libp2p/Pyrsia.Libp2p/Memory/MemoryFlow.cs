namespace Pyrsia.Libp2p;

/// <summary>One direction of a connection in memory: what was sent and when it arrives. A value: times are arguments, since any fixed moment.</summary>
internal sealed class MemoryFlow
{
    /// <summary>Bytes that may be under way or not read before the sender waits: what two sockets on one machine hold about, and as much as a stream's window, so that flow control above it is met in the same places.</summary>
    public const int Capacity = 256 * 1024;

    /// <summary>Arrival of what is held up.</summary>
    public static readonly TimeSpan Never = TimeSpan.MaxValue;

    private readonly LinkedList<Piece> pieces = new();
    private TimeSpan last = TimeSpan.MinValue;
    private int taken;
    private int length;

    /// <summary>What can be sent now.</summary>
    public int Room => Capacity - length;

    /// <summary>When the first that has not been taken is there; null when nothing is under way.</summary>
    public TimeSpan? NextArrival => pieces.First?.Value.Arrival;

    /// <summary>When it is known that the sender has gone; null when it has not.</summary>
    public TimeSpan? GoneArrival => pieces.Last is { Value: { Mark: MemoryMark.Gone } mark } ? mark.Arrival : null;

    /// <summary>Bytes, no more than there is room for.</summary>
    public void Send(ReadOnlySpan<byte> bytes, TimeSpan arrival)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, Room);
        length += bytes.Length;
        Add(new Piece(bytes.ToArray(), MemoryMark.None, arrival));
    }

    /// <summary>The end of what is sent, or of the sender.</summary>
    public void Send(MemoryMark mark, TimeSpan arrival) => Add(new Piece([], mark, arrival));

    /// <summary>Takes what has arrived, 0 bytes when that is the end; false when there is nothing.</summary>
    public bool TryTake(TimeSpan now, Span<byte> into, out int count)
    {
        count = 0;
        while (pieces.First is { Value: var piece } first && piece.Arrival <= now)
        {
            // The end stays, for who asks again.
            if (piece.Mark != MemoryMark.None) return true;
            var n = Math.Min(piece.Bytes.Length - taken, into.Length - count);
            piece.Bytes.AsSpan(taken, n).CopyTo(into[count..]);
            count += n;
            taken += n;
            length -= n;
            if (taken < piece.Bytes.Length) return true;
            taken = 0;
            pieces.Remove(first);
            if (pieces.First is not { Value.Mark: MemoryMark.None }) break;
        }
        return count > 0;
    }

    /// <summary>The link has fallen silent: what is under way does not arrive.</summary>
    public void HoldUp(TimeSpan now)
    {
        for (var at = pieces.First; at is not null; at = at.Next)
            if (at.Value.Arrival > now) at.Value = at.Value with { Arrival = Never };
    }

    /// <summary>It speaks again.</summary>
    public void Release(TimeSpan arrival)
    {
        for (var at = pieces.First; at is not null; at = at.Next)
            if (at.Value.Arrival == Never) at.Value = at.Value with { Arrival = arrival };
        last = arrival;
    }

    /// <summary>The receiver is gone: nothing is kept for it.</summary>
    public void Clear()
    {
        pieces.Clear();
        (taken, length) = (0, 0);
    }

    private void Add(Piece piece)
    {
        // Nothing overtakes, also not when the latency was made smaller.
        if (piece.Arrival < last) piece = piece with { Arrival = last };
        last = piece.Arrival;
        pieces.AddLast(piece);
    }

    private readonly record struct Piece(byte[] Bytes, MemoryMark Mark, TimeSpan Arrival);
}
