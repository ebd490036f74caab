using System.Threading.Channels;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>A secure channel on which comes what the test says, and each batch leaves when the test lets it pass.</summary>
internal sealed class HeldChannel : ISecureChannel
{
    private readonly SemaphoreSlim flushing = new(0);
    private readonly SemaphoreSlim passing = new(0);
    private readonly Channel<byte[]> arriving = Channel.CreateUnbounded<byte[]>();
    private readonly List<byte> appended = [];

    /// <summary>What left, batch by batch, and the one that is held.</summary>
    public List<byte[]> Batches { get; } = [];

    public Libp2pPublicKey RemoteKey { get; } = KeyPair.Generate().PublicKey;

    public string? Muxer => null;

    public Multiaddr LocalAddress { get; } = Multiaddr.Parse("/memory/1");

    public Multiaddr RemoteAddress { get; } = Multiaddr.Parse("/memory/2");

    public int Pending => appended.Count;

    /// <summary>Waits until the next batch is held.</summary>
    public Task FlushingAsync(CancellationToken cancellationToken) => flushing.WaitAsync(cancellationToken);

    /// <summary>A connection over it that this side dialed, begun.</summary>
    public YamuxConnection Connect()
    {
        var connection = new YamuxConnection(this, dialer: true, new YamuxOptions(), TimeProvider.System);
        connection.Start();
        return connection;
    }

    public void LetPass() => passing.Release();

    public void Arrive(byte[] bytes) => arriving.Writer.TryWrite(bytes);

    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        return await arriving.Reader.WaitToReadAsync(cancellationToken) && arriving.Reader.TryRead(out var bytes) ? bytes : default;
    }

    public void Append(ReadOnlySpan<byte> plaintext) => appended.AddRange(plaintext);

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Batches.Add([.. appended]);
        appended.Clear();
        flushing.Release();
        await passing.WaitAsync(cancellationToken);
    }

    public bool TryEndSending() => false;

    public void Abort() => arriving.Writer.TryComplete();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The frame by which a peer takes a stream.</summary>
    public static byte[] Taken(uint stream)
    {
        var frame = new byte[YamuxHeader.Size];
        new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Ack, stream, 0).Write(frame);
        return frame;
    }

    /// <summary>The frames of what left.</summary>
    public static IEnumerable<YamuxHeader> Frames(byte[] batch)
    {
        for (var at = 0; at < batch.Length;)
        {
            Assert.True(YamuxHeader.TryRead(batch.AsSpan(at), out var header));
            at += YamuxHeader.Size + (header.Type == YamuxType.Data ? (int)header.Length : 0);
            yield return header;
        }
    }
}
