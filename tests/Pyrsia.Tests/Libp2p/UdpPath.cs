using System.Net;
using System.Net.Sockets;

namespace Pyrsia.Tests.Libp2p;

/// <summary>A path of datagrams between one dialer and a listener, which can be cut without a word, as a dead machine or a network that drops everything is.</summary>
internal sealed class UdpPath : IAsyncDisposable
{
    private readonly UdpClient near = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly UdpClient far = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource ended = new();
    private readonly IPEndPoint listener;
    private readonly Task[] running;
    private volatile IPEndPoint? dialer;
    private volatile bool cut;

    public UdpPath(IPEndPoint listener)
    {
        this.listener = listener;
        running = [CarryAsync(near, far, source => { dialer = source; return this.listener; }), CarryAsync(far, near, _ => dialer!)];
    }

    /// <summary>What the dialer dials.</summary>
    public IPEndPoint Near => (IPEndPoint)near.Client.LocalEndPoint!;

    /// <summary>Drops everything from now on.</summary>
    public void Cut() => cut = true;

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await Task.WhenAll(running);
        near.Dispose();
        far.Dispose();
        ended.Dispose();
    }

    private async Task CarryAsync(UdpClient from, UdpClient to, Func<IPEndPoint, IPEndPoint> target)
    {
        while (!ended.IsCancellationRequested)
        {
            try
            {
                var datagram = await from.ReceiveAsync(ended.Token);
                var next = target(datagram.RemoteEndPoint);
                if (!cut) await to.SendAsync(datagram.Buffer, next, ended.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // Ended, or one end is closed.
            }
        }
    }
}
