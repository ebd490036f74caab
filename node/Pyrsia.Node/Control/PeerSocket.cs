using System.Net;
using Pyrsia.Libp2p;

namespace Pyrsia.Node.Control;

/// <summary>Takes a WebSocket on <c>/</c> as a connection of a libp2p peer, which is how a browser reaches a node: <c>/ip4/127.0.0.1/tcp/7888/ws</c>.
/// Behind the request guard, so that only pages that the operator named may do that.</summary>
internal sealed partial class PeerSocket(RequestDelegate next, Libp2pHost host, IHostApplicationLifetime lifetime, ILogger<PeerSocket> logger)
{
    /// <summary>The route; every other WebSocket is answered as a plain GET.</summary>
    internal const string Route = "/";

    public async Task InvokeAsync(HttpContext context)
    {
        if (!IsPeer(context))
        {
            await next(context);
            return;
        }
        var connection = context.Connection;
        var (local, remote) = (new IPEndPoint(connection.LocalIpAddress!, connection.LocalPort), new IPEndPoint(connection.RemoteIpAddress!, connection.RemotePort));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        try
        {
            await host.ServeAsync(socket, local, remote, ended.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            LogRefused(remote, e.Message);
        }
    }

    /// <summary>Whether a request asks for such a connection.</summary>
    internal static bool IsPeer(HttpContext context) => context.WebSockets.IsWebSocketRequest && context.Request.Path == Route;

    [LoggerMessage(32, LogLevel.Debug, "The WebSocket of {Remote} ended before a peer was known: {Reason}")]
    private partial void LogRefused(IPEndPoint remote, string reason);
}
