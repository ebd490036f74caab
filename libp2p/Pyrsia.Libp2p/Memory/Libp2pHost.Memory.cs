namespace Pyrsia.Libp2p;

/// <summary>Connections inside the process, where the host was given a network for them.</summary>
public sealed partial class Libp2pHost
{
    private void ListenInMemory(ulong number)
    {
        if (options.Memory is not { } network) throw new TransportUnavailableException("This host has no network in memory: it was given none.");
        var listener = network.Listen(number);
        lock (gate) listeners.Add((listener, Multiaddr.FromMemory(listener.Number)));
        Spawn("listening", ct => AcceptInMemoryAsync(listener, ct));
        PushIdentify();
        Listened?.Invoke(this, EventArgs.Empty);
    }

    private async Task AcceptInMemoryAsync(MemoryListener listener, CancellationToken cancellationToken)
    {
        await foreach (var channel in listener.Accepted.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            if (Admit(channel.RemoteAddress) is { } handshake) Spawn("an inbound handshake", ct => UpgradeInboundAsync(channel, webSocket: false, null, handshake, ct));
            else channel.Abort();
        }
    }

    /// <summary>Dials from the address that this host listens on, so that the link between the two is the same whoever dials.</summary>
    private async Task<IByteChannel> ConnectInMemoryAsync(ulong to, CancellationToken cancellationToken)
    {
        ulong? from = null;
        lock (gate)
        {
            foreach (var (_, address) in listeners)
                if (from is null && address.TryGetMemory(out var own)) from = own;
        }
        return await options.Memory!.ConnectAsync(from, to, cancellationToken).ConfigureAwait(false);
    }
}
