namespace Pyrsia.Libp2p;

/// <summary>Yamux as a value: headers in, headers out, no bytes, no clock, no lock. The driver calls it under its own lock.
/// Participants: the dialer numbers its streams odd, the listener even; 0 is the session.
/// Rules: only Data counts against a window; a stream may carry data before its ACK; FIN is half-close; RST ends both ways;
/// frames of streams that are gone are drained. Deviation: none. Limits: <see cref="YamuxOptions"/>.
/// https://github.com/libp2p/specs/blob/master/yamux/README.md</summary>
internal sealed partial class YamuxSession(bool dialer, YamuxOptions options)
{
    private readonly Dictionary<uint, YamuxStreamState> streams = [];
    private readonly Queue<YamuxHeader> control = new();
    private readonly HashSet<uint> pings = [];
    private uint nextId = dialer ? 1u : 2u;
    private uint nextPing;
    private int unacknowledgedOut;
    private int unacknowledgedIn;
    private int inbound;
    private bool ended;

    /// <summary>Streams that are not finished on both sides.</summary>
    public IReadOnlyCollection<YamuxStreamState> Streams => streams.Values;

    /// <summary>One of both sides said go away: no new streams.</summary>
    public bool Closing { get; private set; }

    /// <summary>Sum of the bytes by which windows were grown.</summary>
    public long Growth { get; private set; }

    /// <summary>Opens a stream, of which the peer learns by its first frame; null when the session is closing, out of numbers or the peer has 256 openings to acknowledge.</summary>
    public YamuxStreamState? TryOpen()
    {
        if (Closing || unacknowledgedOut == YamuxOptions.MaxUnacknowledged || nextId > uint.MaxValue - 2) return null;
        var stream = new YamuxStreamState(nextId, inbound: false);
        nextId += 2;
        unacknowledgedOut++;
        streams.Add(stream.Id, stream);
        return stream;
    }

    /// <summary>Tells the peer that somebody serves the stream that it opened.</summary>
    public void Acknowledge(YamuxStreamState stream)
    {
        if (stream.Acknowledged || !stream.Inbound || stream.Reset) return;
        stream.Acknowledged = true;
        unacknowledgedIn--;
        Queue(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Ack, stream.Id, 0));
    }

    /// <summary>Bytes that may be sent now in one frame.</summary>
    public static int SendCredit(YamuxStreamState stream) =>
        stream.Reset || stream.LocalFinished ? 0 : (int)Math.Min(stream.SendWindow, YamuxOptions.MaxFrame);

    /// <summary>Takes credit and gives the header of the frame.</summary>
    public static YamuxHeader Send(YamuxStreamState stream, int count)
    {
        stream.SendWindow -= count;
        return new YamuxHeader(YamuxType.Data, Announce(stream), stream.Id, (uint)count);
    }

    /// <summary>Half-closes after everything that was sent before.</summary>
    public void Finish(YamuxStreamState stream)
    {
        if (stream.LocalFinished || stream.Reset) return;
        stream.LocalFinished = true;
        Queue(new YamuxHeader(YamuxType.WindowUpdate, Announce(stream) | YamuxFlags.Fin, stream.Id, 0));
        RemoveIfDone(stream);
    }

    /// <summary>Ends both directions at once. A stream that the peer does not know of it never learns of.</summary>
    public void Reset(YamuxStreamState stream)
    {
        if (stream.Reset || !streams.ContainsKey(stream.Id)) return;
        if (stream.Announced) Queue(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Rst, stream.Id, 0));
        Remove(stream);
    }

    /// <summary>Asks for a sign of life; the answer arrives as <see cref="YamuxInputKind.Pong"/> with the same value.</summary>
    public uint Ping()
    {
        var value = nextPing++;
        pings.Add(value);
        Queue(new YamuxHeader(YamuxType.Ping, YamuxFlags.Syn, 0, value));
        return value;
    }

    /// <summary>Announces the end of the session.</summary>
    public void GoAway(YamuxGoAway code)
    {
        Closing = true;
        Queue(new YamuxHeader(YamuxType.GoAway, YamuxFlags.None, 0, (uint)code));
    }

    /// <summary>Something waits for <see cref="TryTakeControl"/>.</summary>
    public bool HasControl => control.Count > 0;

    /// <summary>Control frames that wait.</summary>
    public int ControlLength => control.Count;

    /// <summary>Next control frame; they go before all data.</summary>
    public bool TryTakeControl(out YamuxHeader header) => control.TryDequeue(out header);

    /// <summary>Tells the peer of a stream before its first data: what opens a stream behind a go-away is refused.</summary>
    public void Introduce(YamuxStreamState stream)
    {
        if (!stream.Announced) Queue(new YamuxHeader(YamuxType.WindowUpdate, Announce(stream), stream.Id, 0));
    }

    /// <summary>The flag with which the first frame of a stream opens it.</summary>
    private static YamuxFlags Announce(YamuxStreamState stream)
    {
        if (stream.Announced) return YamuxFlags.None;
        stream.Announced = true;
        return YamuxFlags.Syn;
    }

    private void Queue(YamuxHeader header) => control.Enqueue(header);

    private void RemoveIfDone(YamuxStreamState stream)
    {
        if (stream.LocalFinished && stream.RemoteFinished) Remove(stream);
    }

    private void Remove(YamuxStreamState stream)
    {
        if (!streams.Remove(stream.Id)) return;
        stream.Reset |= !(stream.LocalFinished && stream.RemoteFinished);
        Shrink(stream);
        if (stream.Inbound) inbound--;
        if (stream.Acknowledged) return;
        if (stream.Inbound) unacknowledgedIn--;
        else unacknowledgedOut--;
    }
}
