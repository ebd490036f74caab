using System.Net;
using System.Net.Sockets;

namespace Pyrsia.Testing;

/// <summary>Finds a port for a program that has to be told one.</summary>
public static class FreePort
{
    /// <summary>Below the ports that the kernel gives to outgoing connections: none of those takes one before the program has started, or while it is started anew.</summary>
    private const int First = 20_000;

    private const int Count = 10_000;

    private static int _tried = Environment.ProcessId % Count;

    /// <summary>A port of the loopback address that nobody used a moment ago, another one each time.</summary>
    public static int Find()
    {
        for (var tries = 0; tries < Count; tries++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _tried) % Count);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody's; the next one.
            }
        }
        throw new InvalidOperationException($"No port from {First} to {First + Count - 1} is free.");
    }
}
