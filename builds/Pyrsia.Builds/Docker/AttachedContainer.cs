using System.Net.Sockets;
using System.Text;

namespace Pyrsia.Builds.Docker;

/// <summary>A connection that has left HTTP behind and carries a container's streams: input as it is, output and error in frames.</summary>
internal sealed class AttachedContainer : IDisposable
{
    /// <summary>Longest head of the engine's answer in bytes.</summary>
    private const int MaxHeadBytes = 16 << 10;

    private const int BufferBytes = 64 << 10;

    private readonly Socket _socket;

    private AttachedContainer(Socket socket) => _socket = socket;

    /// <summary>Asks for the streams on a new connection.</summary>
    /// <exception cref="DockerEngineException">The engine refused.</exception>
    internal static async Task<AttachedContainer> UpgradeAsync(Socket connection, string path, CancellationToken cancellationToken)
    {
        try
        {
            var request = $"POST {path} HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n";
            await SendAllAsync(connection, Encoding.ASCII.GetBytes(request), cancellationToken).ConfigureAwait(false);
            var head = await ReadHeadAsync(connection, cancellationToken).ConfigureAwait(false);
            var status = head.Split("\r\n", 2)[0];
            // 200 is what engines say that do not know the upgrade; the streams follow all the same.
            if (!status.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal) && !status.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
                throw new DockerEngineException($"The Docker engine did not hand over the container's streams: {status}");
            return new AttachedContainer(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sends input.</summary>
    internal async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => await SendAllAsync(_socket, bytes, cancellationToken).ConfigureAwait(false);

    /// <summary>Ends the input; the other direction stays open.</summary>
    internal void EndInput()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The container has ended first.
        }
    }

    /// <summary>Reads both streams to their end.</summary>
    /// <exception cref="InvalidDataException">The engine sent something else, or was cut.</exception>
    internal async Task ReadAsync(Func<ContainerStream, ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellationToken)
    {
        var decoder = new StreamFrameDecoder();
        var buffer = new byte[BufferBytes];
        while (await _socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            ReadOnlyMemory<byte> input = buffer.AsMemory(0, read);
            while (decoder.TryTake(ref input, out var stream, out var piece)) await take(stream, piece).ConfigureAwait(false);
        }
        if (!decoder.IsAtBoundary) throw new InvalidDataException("The container's streams were cut inside a frame.");
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>Byte by byte: what comes after the empty line belongs to the container.</summary>
    private static async Task<string> ReadHeadAsync(Socket connection, CancellationToken cancellationToken)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head.Count < MaxHeadBytes)
        {
            if (await connection.ReceiveAsync(one, cancellationToken).ConfigureAwait(false) == 0) throw new DockerEngineException("The Docker engine hung up.");
            head.Add(one[0]);
            if (head is [.., (byte)'\r', (byte)'\n', (byte)'\r', (byte)'\n']) return Encoding.Latin1.GetString([.. head]);
        }
        throw new DockerEngineException($"The head of the Docker engine's answer is longer than {MaxHeadBytes} bytes.");
    }

    private static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes, cancellationToken).ConfigureAwait(false)..];
    }
}
