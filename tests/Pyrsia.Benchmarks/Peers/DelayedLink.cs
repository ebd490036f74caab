using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Pyrsia.Benchmarks.Peers;

/// <summary>A port that leads to another one and takes its time both ways, whatever is on the way already. What is measured over it is counted in round trips, not in seconds.</summary>
internal sealed class DelayedLink : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TimeSpan _oneWay;
    private readonly int _target;

    /// <param name="target">Where it leads to: a port on loopback.</param>
    /// <param name="roundTrip">What there and back take together.</param>
    internal DelayedLink(int target, TimeSpan roundTrip)
    {
        (_target, _oneWay) = (target, roundTrip / 2);
        _listener.Start();
        _ = ServeAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true) _ = JoinAsync(await _listener.AcceptSocketAsync());
        }
        catch (SocketException)
        {
            // It is closed.
        }
    }

    private async Task JoinAsync(Socket near)
    {
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (near)
        {
            near.NoDelay = true;
            await far.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAll(PumpAsync(near, far), PumpAsync(far, near));
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var way = Channel.CreateUnbounded<(DateTimeOffset Due, byte[] Bytes)>();
        var arriving = ArriveAsync(way.Reader, to);
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var read) way.Writer.TryWrite((TimeProvider.System.GetUtcNow() + _oneWay, buffer[..read]));
        }
        catch (SocketException)
        {
            // One end is gone; the other learns it now.
        }
        way.Writer.Complete();
        await arriving;
    }

    private static async Task ArriveAsync(ChannelReader<(DateTimeOffset Due, byte[] Bytes)> way, Socket to)
    {
        try
        {
            await foreach (var (due, bytes) in way.ReadAllAsync())
            {
                if (due - TimeProvider.System.GetUtcNow() is var left && left > TimeSpan.Zero) await Task.Delay(left, TimeProvider.System);
                for (var sent = 0; sent < bytes.Length;) sent += await to.SendAsync(bytes.AsMemory(sent));
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Nobody is there to take it.
        }
    }
}
