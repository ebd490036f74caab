namespace Pyrsia.Libp2p;

internal sealed partial class YamuxSession
{
    /// <summary>Takes one received header and says what to do with it and its payload.</summary>
    public YamuxInput Receive(in YamuxHeader header)
    {
        if (control.Count > YamuxOptions.MaxQueuedControl) return Violation("The peer asks for more answers than it reads.");
        return header.Type switch
        {
            YamuxType.Ping => ReceivePing(header),
            YamuxType.GoAway => ReceiveGoAway(header),
            _ => ReceiveStreamFrame(header),
        };
    }

    private YamuxInput ReceivePing(in YamuxHeader header)
    {
        if (header.StreamId != 0) return Violation("A ping names a stream.");
        if (header.Flags == YamuxFlags.Syn)
        {
            Queue(new YamuxHeader(YamuxType.Ping, YamuxFlags.Ack, 0, header.Length));
            return default;
        }
        // An answer that nobody asked for is ignored: it does no harm, and it may cross a time-out of ours.
        return header.Flags == YamuxFlags.Ack && pings.Remove(header.Length) ? new YamuxInput(YamuxInputKind.Pong, null, header.Length) : default;
    }

    private YamuxInput ReceiveGoAway(in YamuxHeader header)
    {
        if (header.StreamId != 0) return Violation("A go-away names a stream.");
        Closing = true;
        return new YamuxInput(YamuxInputKind.GoAway, null, header.Length);
    }

    private YamuxInput ReceiveStreamFrame(in YamuxHeader header)
    {
        if (header.StreamId == 0) return Violation("A stream frame names no stream.");
        var opened = false;
        if (header.Flags.HasFlag(YamuxFlags.Syn))
        {
            if ((header.StreamId % 2 == 1) == dialer) return Violation("The peer opened a stream with a number of ours.");
            if (streams.ContainsKey(header.StreamId)) return Violation("The peer opened a stream that is open.");
            if (!Accept(header.StreamId)) return Drain(header);
            opened = true;
        }
        if (!streams.TryGetValue(header.StreamId, out var stream)) return Drain(header);

        if (header.Flags.HasFlag(YamuxFlags.Rst))
        {
            // A data frame may carry the reset, and then its payload follows all the same.
            var payload = header.Type == YamuxType.Data ? header.Length : 0;
            if (payload > stream.ReceiveWindow) return Violation("The peer sent more than the window allows.");
            Remove(stream);
            stream.Reset = true;
            return new YamuxInput(YamuxInputKind.Reset, stream, payload) { Acknowledged = true };
        }
        // Who sends data has taken the stream, also when it does not say so.
        var acknowledged = (header.Flags.HasFlag(YamuxFlags.Ack) || header.Type == YamuxType.Data) && !stream.Inbound && !stream.Acknowledged;
        if (acknowledged)
        {
            stream.Acknowledged = true;
            unacknowledgedOut--;
        }
        var kind = YamuxInputKind.Window;
        if (header.Type == YamuxType.Data)
        {
            kind = YamuxInputKind.Data;
            if (stream.RemoteFinished && header.Length > 0) return Violation("The peer sent data after the end of its stream.");
            if (header.Length > stream.ReceiveWindow) return Violation("The peer sent more than the window allows.");
            stream.ReceiveWindow -= header.Length;
        }
        else if (stream.SendWindow + header.Length > uint.MaxValue)
        {
            return Violation("The peer's window overflows.");
        }
        else
        {
            stream.SendWindow += header.Length;
        }
        var finished = header.Flags.HasFlag(YamuxFlags.Fin) && !stream.RemoteFinished;
        if (finished)
        {
            stream.RemoteFinished = true;
            RemoveIfDone(stream);
        }
        return new YamuxInput(kind, stream, header.Length) { Opened = opened, Finished = finished, Acknowledged = acknowledged };
    }

    private bool Accept(uint id)
    {
        if (Closing || inbound >= options.MaxInboundStreams || unacknowledgedIn == YamuxOptions.MaxUnacknowledged)
        {
            Queue(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Rst, id, 0));
            if (!Closing) options.Budget?.StreamRefused();
            return false;
        }
        streams.Add(id, new YamuxStreamState(id, inbound: true));
        inbound++;
        unacknowledgedIn++;
        return true;
    }

    /// <summary>A frame of a stream that is gone: its payload, if any, is read past. No honest sender of such a frame exceeds the largest window.</summary>
    private YamuxInput Drain(in YamuxHeader header)
    {
        if (header.Type != YamuxType.Data) return default;
        return header.Length > Math.Max(options.MaxWindow, YamuxOptions.InitialWindow)
            ? Violation("The peer sent more than any window allows.")
            : new YamuxInput(YamuxInputKind.Discard, null, header.Length);
    }

    private YamuxInput Violation(string error)
    {
        Closing = true;
        Queue(new YamuxHeader(YamuxType.GoAway, YamuxFlags.None, 0, (uint)YamuxGoAway.ProtocolError));
        return new YamuxInput(YamuxInputKind.Violation) { Error = error };
    }
}
