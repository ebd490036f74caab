using System.Net.Sockets;

namespace Pyrsia.Builds.Sources;

/// <summary>Sockets that a sandbox is given as its only way out.</summary>
internal static class UnixSocket
{
    private const int Backlog = 64;

    /// <summary>Everybody may write: the sandbox is another user. The directory around the socket is private.</summary>
    internal const UnixFileMode Mode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    internal static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, Mode);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
