namespace Pyrsia.Libp2p;

public sealed partial class Libp2pHost
{
    /// <summary>Evaluations per suspicion time; bounds how late a verdict can be to a tenth of it.</summary>
    private const int TicksPerSuspicion = 10;

    /// <summary>One timer for all connections: asks each failure detector and acts on what changed.</summary>
    private async Task HeartbeatLoopAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.Heartbeat.SuspectAfter / TicksPerSuspicion, time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            foreach (var connection in AllConnections()) Judge(connection);
    }

    private void Judge(PeerConnection connection)
    {
        var before = connection.Detector.Evaluate(connection.Muxed.LastReceived, connection.Muxed.Now);
        if (before == connection.Detector.State) return;
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
