using Pyrsia.Libp2p;
using Pyrsia.Node.Log;

namespace Pyrsia.Node.Hosting;

/// <summary>Keeps the mirror of the log going, hands it what others tell, and wakes it when a peer comes that may know more.</summary>
internal sealed class LogFollower(LogMirror mirror, CheckpointGossip gossip, Libp2pHost host) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        void OnPeerChanged(object? sender, PeerEventArgs change)
        {
            if (change.Kind == PeerEventKind.Identified) mirror.Wake();
        }
        host.PeerChanged += OnPeerChanged;
        gossip.Follow = mirror.FollowAsync;
        gossip.NotUnderstood += mirror.Doubt;
        try
        {
            await mirror.RunAsync(() => gossip.Reaches, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The node is stopping.
        }
        finally
        {
            host.PeerChanged -= OnPeerChanged;
            gossip.Follow = null;
            gossip.NotUnderstood -= mirror.Doubt;
        }
    }
}
