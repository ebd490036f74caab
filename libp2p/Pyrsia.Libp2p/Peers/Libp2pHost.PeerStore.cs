namespace Pyrsia.Libp2p;

public sealed partial class Libp2pHost
{
    private async Task SavePeerStoreLoopAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.PeerStoreSaveInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false)) SavePeerStore();
    }

    private void SavePeerStore()
    {
        if (options.PeerStorePath is not { } path) return;
        try
        {
            PeerStore.Save(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Faulted?.Invoke(this, new HostFaultEventArgs("saving the peer store", e));
        }
    }
}
