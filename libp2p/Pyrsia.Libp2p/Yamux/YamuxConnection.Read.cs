using System.Collections.Concurrent;

namespace Pyrsia.Libp2p;

internal sealed partial class YamuxConnection
{
    /// <summary>What arrives counts as this much later: so an answer in the very instant of its question is one, as it comes where virtual time stands still.</summary>
    private static readonly TimeSpan OneTick = TimeSpan.FromTicks(1);

    /// <summary>Streams that this side has reset and whose input only the one who reads may end, which gives its buffers back.</summary>
    private readonly ConcurrentQueue<YamuxStream> resets = new();

    /// <summary>Streams that the peer opened in what is being read. They are handed out when all of that is with them: who serves one finds the first bytes there.</summary>
    private readonly List<YamuxStream> opened = [];

    private readonly byte[] partialHeader = new byte[YamuxHeader.Size];
    private int partialLength;
    private YamuxStream? payloadStream;
    private long payloadLeft;
    private bool payloadFinishes;
    private bool answers;

    private async Task ReadLoopAsync()
    {
        Exception reason = new ConnectionClosedException("The peer closed the connection.");
        try
        {
            while (true)
            {
                // Abort ends it; a token would be registered for every piece.
                var piece = await channel.ReadAsync(CancellationToken.None).ConfigureAwait(false);
                if (piece.IsEmpty)
                {
                    if (closing) reason = ClosedHere();
                    break;
                }
                LastReceived = Now + OneTick;
                traffic?.Received(piece.Length);
                EndResets();
                Receive(piece.Span);
                foreach (var stream in opened) accepted.Writer.TryWrite(stream);
                opened.Clear();
                if (!answers) continue;
                // Once for all that arrived together.
                answers = false;
                Wake();
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            reason = e is OperationCanceledException ? Closed() : e;
        }
        if (reason is PeerProtocolException)
        {
            // Lets the writer send the go-away that names the fault.
            lock (gate) closing = true;
            Wake();
            try
            {
                await drained.Task.WaitAsync(CloseTimeout, time).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // It does not read either.
            }
        }
        Abort(reason);
        EndStreams();
    }

    private void Receive(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (payloadLeft > 0)
            {
                var n = (int)Math.Min(payloadLeft, bytes.Length);
                payloadStream?.Deliver(bytes[..n]);
                payloadLeft -= n;
                bytes = bytes[n..];
                if (payloadLeft == 0) EndPayload();
                continue;
            }
            var take = Math.Min(YamuxHeader.Size - partialLength, bytes.Length);
            bytes[..take].CopyTo(partialHeader.AsSpan(partialLength));
            partialLength += take;
            bytes = bytes[take..];
            if (partialLength < YamuxHeader.Size) return;
            partialLength = 0;
            if (!YamuxHeader.TryRead(partialHeader, out var header))
            {
                lock (gate) session.GoAway(YamuxGoAway.ProtocolError);
                throw new PeerProtocolException("The peer sent a malformed yamux header.");
            }
            Apply(header);
        }
    }

    private void Apply(in YamuxHeader header)
    {
        YamuxInput input;
        YamuxStream? stream;
        lock (gate)
        {
            input = session.Receive(header);
            if (input.Opened) input.Stream!.Driver = new YamuxStream(this, input.Stream);
            stream = input.Stream?.Driver;
            if (stream is not null && (input.Kind == YamuxInputKind.Window || (input.Acknowledged && stream.EndsLater))) Enqueue(stream);
            answers |= session.HasControl || ready.Count > 0;
        }
        if (input.Acknowledged || stream?.IsDone == true) ReleaseOpening(stream);
        if (input.Opened) opened.Add(stream!);
        switch (input.Kind)
        {
            case YamuxInputKind.Data or YamuxInputKind.Discard:
                payloadStream = stream;
                payloadLeft = input.Value;
                payloadFinishes = input.Finished;
                if (payloadLeft == 0) EndPayload();
                break;
            case YamuxInputKind.Window when input.Finished:
                stream?.EndOfInput(null);
                break;
            case YamuxInputKind.Reset:
                payloadLeft = input.Value;
                stream?.EndOfInput(new StreamResetException("The peer reset the stream."));
                if (stream is not null) Ready(stream);
                break;
            case YamuxInputKind.Pong:
                Pong(input.Value);
                break;
            case YamuxInputKind.GoAway when input.Value != (uint)YamuxGoAway.Normal:
                throw new ConnectionClosedException($"The peer ended the session with code {input.Value}.");
            case YamuxInputKind.Violation:
                throw new PeerProtocolException(input.Error!);
        }
    }

    private void EndPayload()
    {
        if (payloadFinishes) payloadStream?.EndOfInput(null);
        payloadStream = null;
        payloadFinishes = false;
    }

    private void Pong(uint value)
    {
        lock (gate)
        {
            if (!pings.Remove(value, out var ping)) return;
            RoundTrip = Now - ping.SentAt;
            ping.Answer?.TrySetResult(RoundTrip);
        }
    }

    /// <summary>Gives back the place that an opening held: its ACK came, or the stream ended without one.</summary>
    private void ReleaseOpening(YamuxStream? stream)
    {
        if (stream?.TakeOpening() == true) openings.Release();
    }

    /// <summary>Nothing more is delivered to streams that this side has reset.</summary>
    private void EndResets()
    {
        while (resets.TryDequeue(out var stream)) stream.EndOfInput(new StreamResetException("The stream was reset by this side."));
    }

    private void EndStreams()
    {
        EndResets();
        var closed = Closed();
        YamuxStreamState[] states;
        lock (gate)
        {
            session.End();
            states = [.. session.Streams];
            foreach (var ping in pings.Values) ping.Answer?.TrySetException(closed);
            pings.Clear();
        }
        foreach (var state in states) state.Driver?.EndOfInput(closed);
        accepted.Writer.TryComplete();
    }
}
