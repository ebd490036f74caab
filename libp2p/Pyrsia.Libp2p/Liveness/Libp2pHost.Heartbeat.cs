using System.Collections.Concurrent;

namespace Pyrsia.Libp2p;

public sealed partial class Libp2pHost
{
    /// <summary>Looks at the connections per interval, at most; bounds how late a ping or a verdict can be, and lets those that are due together leave together:
    /// with a thousand connections some forty questions leave at each look, and their answers find the threads awake that serve the first of them.</summary>
    internal const int MaxLooksPerInterval = 12;

    /// <summary>Connections that were adopted and not looked at yet.</summary>
    private readonly ConcurrentQueue<PeerConnection> unwatched = new();

    /// <summary>One timer for all connections: evaluates each failure detector when it may have something to say, and no other.</summary>
    private async Task HeartbeatLoopAsync(CancellationToken cancellationToken)
    {
        var shortest = options.Heartbeat.Interval / MaxLooksPerInterval;
        var looks = new PriorityQueue<PeerConnection, TimeSpan>();
        var start = time.GetTimestamp();
        while (true)
        {
            var now = time.GetElapsedTime(start);
            while (unwatched.TryDequeue(out var connection)) looks.Enqueue(connection, now + Beat(connection));
            while (looks.TryPeek(out var connection, out var due) && due <= now)
            {
                if (connection.Muxed.Failure is null) looks.DequeueEnqueue(connection, now + Max(Beat(connection), shortest));
                else looks.Dequeue();
            }
            // A connection that comes meanwhile wants its first look an interval later.
            var pause = looks.TryPeek(out _, out var next) && next - now is var wait && wait < options.Heartbeat.Interval ? wait : options.Heartbeat.Interval;
            await Task.Delay(Max(pause, shortest), time, cancellationToken).ConfigureAwait(false);
        }

        static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
    }

    /// <summary>Judges one connection, and pings it when that is due.</summary>
    /// <returns>Time until it is to be looked at again.</returns>
    private TimeSpan Beat(PeerConnection connection)
    {
        var muxed = connection.Muxed;
        var now = muxed.Now;
        var before = connection.Detector.Evaluate(muxed.LastReceived, now);
        if (before != connection.Detector.State) Tell(connection);
        if (connection.Detector.Asks(muxed.RoundTrip)) Ask(connection);
        return connection.Detector.NextLook(muxed.RoundTrip) - now;
    }

    private void Ask(PeerConnection connection)
    {
        if (!connection.Muxed.TryPing()) Spawn("ping", ct => AskOnStreamAsync(connection, ct));
    }

    private void Tell(PeerConnection connection)
    {
        metrics.Judged(connection.Detector.State);
        switch (connection.Detector.State)
        {
            case PeerState.Alive:
                connection.Recover();
                Raise(PeerEventKind.Recovered, connection);
                break;
            case PeerState.Suspected:
                connection.Suspect();
                Raise(PeerEventKind.Suspected, connection);
                break;
            case PeerState.Dead:
                connection.Suspect();
                var reason = new ConnectionClosedException($"{connection.Peer} was silent for {options.Heartbeat.DeadAfter}.");
                Raise(PeerEventKind.Dead, connection, reason);
                connection.Muxed.Abort(reason);
                break;
        }
    }
}
