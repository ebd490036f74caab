using System.Net.Sockets;

namespace Pyrsia.Libp2p;

/// <summary>Bounds what the kernel holds of a connection and has not sent: what it holds goes before every later frame, however urgent. Linux only: elsewhere the number means something else.</summary>
internal static class UnsentLimit
{
    /// <summary>Bytes from which on the kernel takes no more, two noise messages: enough to be busy with until the next batch is there, and without it there may be megabytes.</summary>
    private const int Bytes = 128 * 1024;

    private const int IpProtoTcp = 6;
    private const int TcpNotsentLowat = 25;

    public static void Set(Socket socket)
    {
        if (OperatingSystem.IsLinux()) socket.SetRawSocketOption(IpProtoTcp, TcpNotsentLowat, BitConverter.GetBytes(Bytes));
    }
}
