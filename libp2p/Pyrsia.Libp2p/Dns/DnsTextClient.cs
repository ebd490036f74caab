using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Pyrsia.Libp2p;

/// <summary>Asks name servers for TXT records, one after the other: over UDP, and over TCP what does not fit there.</summary>
/// <param name="servers">Whom to ask.</param>
/// <param name="time">Clock of the time-outs.</param>
internal sealed class DnsTextClient(IReadOnlyList<IPEndPoint> servers, TimeProvider time)
{
    /// <summary>Time for one server's answer.</summary>
    private static readonly TimeSpan ServerTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Rounds over all servers: a datagram may be lost.</summary>
    private const int Rounds = 2;

    /// <summary>Longest datagram that is taken. Without EDNS a server sends 512 bytes; some send more.</summary>
    private const int MaxDatagram = 4096;

    /// <summary>The texts of a name; none when there is no such name.</summary>
    /// <exception cref="DialFailedException">No server answers, or the name is none.</exception>
    public async Task<IReadOnlyList<string>> LookupAsync(string name, CancellationToken cancellationToken)
    {
        Exception? trouble = null;
        for (var i = 0; i < Rounds * servers.Count; i++)
        {
            var server = servers[i % servers.Count];
            // Identifier and port are what a stranger has to guess to be heard instead of the server.
            var id = BinaryPrimitives.ReadUInt16BigEndian(RandomNumberGenerator.GetBytes(2));
            if (!DnsMessage.TryAsk(id, name, out var question)) throw new DialFailedException($"'{name}' is no name that DNS can carry.");
            using var deadline = new Deadline(ServerTimeout, time, cancellationToken);
            try
            {
                var (outcome, texts) = await AskAsync(server, question, deadline.Token).ConfigureAwait(false);
                if (outcome == DnsOutcome.Truncated) (outcome, texts) = await AskOverTcpAsync(server, question, deadline.Token).ConfigureAwait(false);
                if (outcome is DnsOutcome.Answered or DnsOutcome.NoSuchName) return texts;
                trouble = new IOException($"{server} did not answer: {outcome}.");
            }
            catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                trouble = e;
            }
        }
        throw new DialFailedException($"The TXT records of {name} cannot be looked up: no name server answers.", trouble);
    }

    private static async Task<(DnsOutcome Outcome, IReadOnlyList<string> Texts)> AskAsync(IPEndPoint server, byte[] question, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        // Connected: the kernel drops what others send.
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        await socket.SendAsync(question, cancellationToken).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(MaxDatagram);
        try
        {
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer.AsMemory(0, MaxDatagram), cancellationToken).ConfigureAwait(false);
                var outcome = DnsMessage.Read(question, buffer.AsSpan(0, length), out var texts);
                if (outcome != DnsOutcome.NotAnAnswer) return (outcome, texts);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<(DnsOutcome Outcome, IReadOnlyList<string> Texts)> AskOverTcpAsync(IPEndPoint server, byte[] question, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        await using var stream = new NetworkStream(socket);
        var framed = new byte[2 + question.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)question.Length);
        question.CopyTo(framed, 2);
        await stream.WriteAsync(framed, cancellationToken).ConfigureAwait(false);
        var prefix = new byte[2];
        await stream.ReadExactlyAsync(prefix, cancellationToken).ConfigureAwait(false);
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        await stream.ReadExactlyAsync(answer, cancellationToken).ConfigureAwait(false);
        return (DnsMessage.Read(question, answer, out var texts), texts);
    }
}
