using System.Buffers;
using System.Net.Security;

namespace Pyrsia.Libp2p;

/// <summary>TLS records over a raw connection. A batch becomes as many records as it needs and one send.</summary>
internal sealed class TlsChannel : ISecureChannel
{
    /// <summary>Longest plaintext of a record (RFC 8446, section 5.1), which is what one read gives.</summary>
    private const int MaxRecord = 16 * 1024;

    /// <summary>Reads below this length make the next one wait without a buffer.</summary>
    private const int QuietLength = 4 * 1024;

    private readonly IByteChannel channel;
    private readonly InputBuffer input;
    private readonly ChannelStream transport;
    private readonly SslStream ssl;
    private byte[] received = [];
    private byte[] batch = [];
    private int lastBatch = QuietLength;
    private bool quiet = true;

    public TlsChannel(IByteChannel channel, InputBuffer input, ChannelStream transport, SslStream ssl)
    {
        this.channel = channel;
        this.input = input;
        this.transport = transport;
        this.ssl = ssl;
        transport.Gathers = true;
    }

    public required Libp2pPublicKey RemoteKey { get; init; }

    public string? Muxer { get; init; }

    public Multiaddr LocalAddress => channel.LocalAddress;

    public Multiaddr RemoteAddress => channel.RemoteAddress;

    public int Pending { get; private set; }

    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (quiet)
            {
                Return(ref received);
                _ = await ssl.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            }
            if (received.Length == 0) received = ArrayPool<byte>.Shared.Rent(MaxRecord);
            var n = await ssl.ReadAsync(received, cancellationToken).ConfigureAwait(false);
            quiet = n < QuietLength;
            return received.AsMemory(0, n);
        }
        catch (IOException e) when (e is not Libp2pException)
        {
            throw e.InnerException as Libp2pException ?? new PeerProtocolException("The peer refused the TLS session, or a record was tampered with.", e);
        }
    }

    public void Append(ReadOnlySpan<byte> plaintext)
    {
        if (batch.Length - Pending < plaintext.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Pending + plaintext.Length, batch.Length == 0 ? lastBatch : batch.Length * 2));
            batch.AsSpan(0, Pending).CopyTo(larger);
            Return(ref batch);
            batch = larger;
        }
        plaintext.CopyTo(batch.AsSpan(Pending));
        Pending += plaintext.Length;
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var bytes = batch;
        var count = lastBatch = Pending;
        batch = [];
        Pending = 0;
        try
        {
            await ssl.WriteAsync(bytes.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            await transport.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e) when (e is not Libp2pException)
        {
            throw e.InnerException as Libp2pException ?? new ConnectionClosedException("The TLS session is over.", e);
        }
        finally
        {
            Return(ref bytes);
        }
    }

    public bool TryEndSending() => channel.TryEndSending();

    public void Abort() => channel.Abort();

    /// <summary>To be called when no read or flush is pending.</summary>
    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync().ConfigureAwait(false);
        await ssl.DisposeAsync().ConfigureAwait(false);
        await transport.DisposeAsync().ConfigureAwait(false);
        input.Dispose();
        Return(ref received);
        Return(ref batch);
    }

    private static void Return(ref byte[] buffer)
    {
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }
}
