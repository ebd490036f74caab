namespace Pyrsia.Libp2p;

public sealed partial class Libp2pHost
{
    /// <summary>Stays connected to one bootstrap address.</summary>
    private async Task BootstrapLoopAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        var pauses = new Backoff(options.BootstrapRetryMin, options.BootstrapRetryMax, NextDouble);
        if (address.PeerId is { } named && named != Id) Protect(named);
        while (true)
        {
            try
            {
                var peer = await ConnectAsync(address, cancellationToken).ConfigureAwait(false);
                pauses.Reset();
                Protect(peer);
                while (Find(peer) is { } connection) await connection.Muxed.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PeerRefusedException) when (address.PeerId == Id)
            {
                return;
            }
            catch (Exception e) when (e is IOException or TimeoutException)
            {
                Survives($"bootstrap from {address}", e);
            }
            await Task.Delay(pauses.Next(), time, cancellationToken).ConfigureAwait(false);
        }
    }
}
