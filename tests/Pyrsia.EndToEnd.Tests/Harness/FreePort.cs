using System.Net;
using System.Net.Sockets;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>Finds a port for a program that has to be told one.</summary>
public static class FreePort
{
    /// <summary>A port of the loopback address that nobody used a moment ago.</summary>
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
