using System.Net;
using System.Net.Sockets;
using Pyrsia.Contracts;

namespace Pyrsia.Builds.Sources;

/// <summary>
/// An HTTP proxy on a unix socket: the only way out for a sandbox that fetches source. Every connection, and so every redirect, comes by here, and the address that
/// is connected to is looked at, so that a name which changes its answer gains nothing.
/// </summary>
public sealed class GuardedProxy : IAsyncDisposable
{
    private const int HttpsPort = 443;

    private readonly GuardedProxyOptions _options;
    private readonly TimeProvider _time;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private long _bytes;

    /// <summary>Listens on a socket that is made new. The directory around it keeps others of this machine away.</summary>
    public GuardedProxy(string socketPath, GuardedProxyOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _time = time;
        _listener = UnixSocket.Listen(socketPath);
        _accepting = AcceptAsync();
    }

    /// <summary>Why something was refused last; null when nothing was.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Whether more came in than is allowed.</summary>
    public bool IsOverLimit => Interlocked.Read(ref _bytes) > _options.MaxBytes;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                open.RemoveAll(t => t.IsCompleted);
                if (open.Count >= _options.MaxConnections) client.Dispose();
                else open.Add(ServeAsync(new NetworkStream(client, ownsSocket: true)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
        await Task.WhenAll(open).ConfigureAwait(false);
    }

    private async Task ServeAsync(NetworkStream client)
    {
        await using var _ = client.ConfigureAwait(false);
        try
        {
            var (head, rest) = await ReadHeadAsync(client).ConfigureAwait(false);
            if (!ProxyRequest.TryParse(head, out var request)) await RefuseAsync(client, "400 Bad Request", "That is no request to a proxy.").ConfigureAwait(false);
            else if (WhyNot(request) is { } why) await RefuseAsync(client, "403 Forbidden", why).ConfigureAwait(false);
            else await PassOnAsync(client, request, rest).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The sandbox or the host hung up, or the limit was reached: git reports it.
        }
    }

    private string? WhyNot(ProxyRequest request)
    {
        if (_options.AllowPrivateNetworks) return null;
        return request is { IsTunnel: true, Port: HttpsPort } ? null : $"{request.Host}:{request.Port} is not https; only test networks take another protocol or port.";
    }

    private async Task<(byte[] Head, byte[] Beyond)> ReadHeadAsync(NetworkStream client)
    {
        var buffer = new byte[ProxyRequest.MaxHeadBytes];
        var filled = 0;
        while (filled < buffer.Length)
        {
            var read = await client.ReadAsync(buffer.AsMemory(filled), _stop.Token).ConfigureAwait(false);
            if (read == 0) break;
            filled += read;
            if (ProxyRequest.HeadLength(buffer.AsSpan(0, filled)) is > 0 and var length) return (buffer[..length], buffer[length..filled]);
        }
        throw new IOException("The head of the request is not whole.");
    }

    private async Task PassOnAsync(NetworkStream client, ProxyRequest request, byte[] rest)
    {
        if (await ConnectAsync(request).ConfigureAwait(false) is not { } server)
        {
            await RefuseAsync(client, "502 Bad Gateway", Refusal!).ConfigureAwait(false);
            return;
        }
        await using var _ = server.ConfigureAwait(false);
        if (request.IsTunnel) await client.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), _stop.Token).ConfigureAwait(false);
        else await server.WriteAsync(request.Head, _stop.Token).ConfigureAwait(false);
        await server.WriteAsync(rest, _stop.Token).ConfigureAwait(false);
        // Whichever side ends first, the other has nothing to wait for.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var down = CopyAsync(server, client, counted: true, end.Token);
        var up = CopyAsync(client, server, counted: false, end.Token);
        await Task.WhenAny(down, up).ConfigureAwait(false);
        if (up.IsCompletedSuccessfully && !down.IsCompleted)
        {
            server.Socket.Shutdown(SocketShutdown.Send);
            await down.ConfigureAwait(false);
        }
        await end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(down, up).ConfigureAwait(false);
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool counted, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var read)
        {
            if (counted && Interlocked.Add(ref _bytes, read) > _options.MaxBytes) throw new IOException("More came in than is allowed.");
            await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<NetworkStream?> ConnectAsync(ProxyRequest request)
    {
        using var limit = new CancellationTokenSource(_options.ConnectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(request.Host, either.Token).ConfigureAwait(false);
            var allowed = Array.FindAll(addresses, a => _options.AllowPrivateNetworks || PublicAddress.IsPublic(a));
            if (allowed.Length == 0)
            {
                Refusal = $"{request.Host} has no public address; private, loopback and link-local addresses are refused outside a test network.";
                return null;
            }
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(allowed, request.Port, either.Token).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !_stop.IsCancellationRequested))
        {
            Refusal = $"{request.Host}:{request.Port} cannot be reached: {(e is SocketException ? e.Message : "it does not answer in time")}";
            return null;
        }
    }

    private async Task RefuseAsync(NetworkStream client, string status, string why)
    {
        Refusal = why;
        var text = $"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {System.Text.Encoding.UTF8.GetByteCount(why)}\r\nConnection: close\r\n\r\n{why}";
        await client.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text), _stop.Token).ConfigureAwait(false);
    }
}
