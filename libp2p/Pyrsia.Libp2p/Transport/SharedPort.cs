using System.Net.Sockets;

namespace Pyrsia.Libp2p;

/// <summary>Lets connections leave from the port that a listener has, so that a NAT shows both as one endpoint. Linux only: elsewhere these numbers mean something else.</summary>
internal static class SharedPort
{
    private const int SolSocket = 1;
    private const int SoReuseAddr = 2;
    private const int SoReusePort = 15;

    /// <summary>Says so of a socket: of one that dials before it is bound, and of a listener after it listens. A second listener at the port, which does not say so before it is bound, is refused as ever.</summary>
    public static void Allow(Socket socket)
    {
        if (!OperatingSystem.IsLinux()) return;
        ReadOnlySpan<byte> yes = BitConverter.GetBytes(1);
        socket.SetRawSocketOption(SolSocket, SoReuseAddr, yes);
        socket.SetRawSocketOption(SolSocket, SoReusePort, yes);
    }
}
