using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Pyrsia.Libp2p;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Takes connections on loopback and says nothing over them.</summary>
internal sealed class SilentListener : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Channel<Socket> _callers = Channel.CreateUnbounded<Socket>();

    public SilentListener()
    {
        _listener.Start();
        Address = Multiaddr.FromEndPoint((IPEndPoint)_listener.LocalEndpoint);
        _ = AcceptAsync();
    }

    public Multiaddr Address { get; }

    /// <summary>Callers that came and were not taken from here.</summary>
    public int Waiting => _callers.Reader.Count;

    /// <summary>The next caller.</summary>
    public ValueTask<Socket> NextAsync(CancellationToken cancellationToken) => _callers.Reader.ReadAsync(cancellationToken);

    /// <summary>Reads until the caller has closed its end.</summary>
    public static async Task ClosedAsync(Socket caller, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        try
        {
            while (await caller.ReceiveAsync(buffer, cancellationToken) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Closed without an end.
        }
    }

    public void Dispose()
    {
        _listener.Stop();
        while (_callers.Reader.TryRead(out var caller)) caller.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) await _callers.Writer.WriteAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _callers.Writer.TryComplete();
        }
    }
}
