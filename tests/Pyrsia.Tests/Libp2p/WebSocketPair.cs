using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Both ends of a WebSocket that is open already. Whoever serves its end may say that the caller is anywhere.</summary>
internal static class WebSocketPair
{
    public static async Task<(WebSocket Server, WebSocket Client)> OpenAsync(CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, cancellationToken);
        var server = await listener.AcceptTcpClientAsync(cancellationToken);
        return (WebSocket.CreateFromStream(server.GetStream(), new WebSocketCreationOptions { IsServer = true }), WebSocket.CreateFromStream(client.GetStream(), new WebSocketCreationOptions()));
    }
}
