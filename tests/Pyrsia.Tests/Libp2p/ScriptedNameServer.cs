using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pyrsia.Tests.Libp2p;

/// <summary>A name server on loopback that knows the TXT records it was given, over UDP and TCP on one port.</summary>
internal sealed class ScriptedNameServer : IAsyncDisposable
{
    private const int UdpLimit = 512;

    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly TcpListener _tcp;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _serving;

    public ScriptedNameServer()
    {
        // The system gives out a free TCP port; its UDP twin may be taken, and then another is tried.
        while (true)
        {
            _tcp = new TcpListener(IPAddress.Loopback, 0);
            _tcp.Start();
            try
            {
                _udp.Bind(_tcp.LocalEndpoint);
                break;
            }
            catch (SocketException)
            {
                _tcp.Stop();
            }
        }
        _serving = [Task.Run(ServeUdpAsync), Task.Run(ServeTcpAsync)];
    }

    public IPEndPoint EndPoint => (IPEndPoint)_tcp.LocalEndpoint;

    /// <summary>The TXT records by name.</summary>
    public ConcurrentDictionary<string, string[]> Texts { get; } = new();

    /// <summary>Changes an answer before it leaves; null sends nothing.</summary>
    public Func<byte[], byte[]?> Tamper { get; set; } = answer => answer;

    /// <summary>Names that were asked for, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Questions that came over TCP.</summary>
    public int AskedOverTcp { get; private set; }

    /// <summary>Writes an answer as a server does: the question repeated, then one record for each text.</summary>
    public static byte[] Answer(ReadOnlySpan<byte> question, IReadOnlyList<string> texts, ushort result = 0)
    {
        var message = new List<byte>(question.ToArray());
        message[2] = 0x81;
        message[3] = (byte)(0x80 | result);
        message[7] = (byte)texts.Count;
        foreach (var text in texts)
        {
            var strings = Encoding.UTF8.GetBytes(text).Chunk(255).SelectMany(part => part.Prepend((byte)part.Length)).ToArray();
            message.AddRange([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, (byte)(strings.Length >> 8), (byte)(strings.Length & 0xff), .. strings]);
        }
        return [.. message];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        // Both loops end at the token; closing a socket first would fail the loop that is about to wait on it.
        await Task.WhenAll(_serving);
        _udp.Dispose();
        _tcp.Dispose();
        _stop.Dispose();
    }

    private byte[]? Answer(byte[] question)
    {
        var labels = new List<string>();
        for (var at = 12; question[at] > 0; at += 1 + question[at]) labels.Add(Encoding.ASCII.GetString(question, at + 1, question[at]));
        var name = string.Join('.', labels);
        Asked.Enqueue(name);
        return Tamper(Texts.TryGetValue(name, out var texts) ? Answer(question, texts) : Answer(question, [], result: 3));
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[UdpLimit];
        try
        {
            while (true)
            {
                var received = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                if (Answer(buffer[..received.ReceivedBytes]) is not { } answer) continue;
                if (answer.Length > UdpLimit)
                {
                    answer = buffer[..received.ReceivedBytes];
                    BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(2), 0x8380);
                }
                await _udp.SendToAsync(answer, SocketFlags.None, received.RemoteEndPoint, _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The test has ended.
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _tcp.AcceptTcpClientAsync(_stop.Token);
                var stream = client.GetStream();
                var length = new byte[2];
                await stream.ReadExactlyAsync(length, _stop.Token);
                var question = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(question, _stop.Token);
                AskedOverTcp++;
                if (Answer(question) is { } answer) await stream.WriteAsync(new byte[] { (byte)(answer.Length >> 8), (byte)(answer.Length & 0xff) }.Concat(answer).ToArray(), _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
        {
            // The test has ended.
        }
    }
}
