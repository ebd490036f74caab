using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Pyrsia.Tests.Libp2p;

/// <summary>A router that maps every port that it is asked for, and tells what it was asked.</summary>
internal sealed class ScriptedGateway : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<(ushort Port, uint Lifetime)> _asked = Channel.CreateUnbounded<(ushort, uint)>();
    private readonly Func<ushort, int> _outside;
    private readonly Task _running;

    /// <param name="external">The address outside.</param>
    /// <param name="outside">The port outside, of one inside.</param>
    public ScriptedGateway(IPAddress external, Func<ushort, int> outside)
    {
        _outside = outside;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _running = RunAsync(external);
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Mappings that were asked for.</summary>
    public ChannelReader<(ushort Port, uint Lifetime)> Asked => _asked.Reader;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _socket.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync(IPAddress external)
    {
        var buffer = new byte[100];
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stopping.Token);
                await _socket.SendToAsync(Answer(buffer.AsSpan(0, received.ReceivedBytes), external), received.RemoteEndPoint, _stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private byte[] Answer(ReadOnlySpan<byte> request, IPAddress external)
    {
        byte[] head = [0, (byte)(128 + request[1]), 0, 0, 0, 0, 0, 1];
        if (request[1] == 0) return [.. head, .. external.GetAddressBytes()];
        var (port, lifetime) = (BinaryPrimitives.ReadUInt16BigEndian(request[4..]), BinaryPrimitives.ReadUInt32BigEndian(request[8..]));
        _asked.Writer.TryWrite((port, lifetime));
        byte[] answer = [.. head, .. request[4..12]];
        if (lifetime > 0) BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(10), (ushort)_outside(port));
        return answer;
    }
}
