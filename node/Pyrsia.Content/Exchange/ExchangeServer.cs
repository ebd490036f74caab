using System.Buffers;
using Pyrsia.Content.Store;
using Pyrsia.Libp2p;

namespace Pyrsia.Content.Exchange;

/// <summary>Answers peers that ask for content: whole files, and the verified chunks of what is still arriving.</summary>
public sealed class ExchangeServer(ContentStore store, TransferCounters counters, TimeProvider time)
{
    /// <summary>How long a stream may be idle before it is closed, and how long a peer may take to accept one chunk.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(60);

    private int _streams;

    /// <summary>Answers one stream until the peer ends it.</summary>
    public async Task ServeAsync(PeerId peer, IExchangeStream stream, CancellationToken cancellationToken)
    {
        var busy = Interlocked.Increment(ref _streams) > ExchangeOptions.MaxServedStreams;
        var request = new byte[ExchangeRequest.Length];
        IContentReader? reader = null;
        try
        {
            while (true)
            {
                await Limited(token => stream.ReadExactlyAsync(request, token), cancellationToken);
                if (!ExchangeRequest.TryRead(request, out var asked)) return;
                if (reader?.Descriptor.Digest != asked.Digest)
                {
                    reader?.Dispose();
                    reader = busy ? null : store.TryOpen(asked.Digest);
                }
                if (reader is null) await AnswerAsync(stream, busy ? ExchangeStatus.Busy : ExchangeStatus.NotHeld, default, cancellationToken);
                else if (asked.Kind == ExchangeRequestKind.Describe) await DescribeAsync(stream, reader, cancellationToken);
                else await SendChunksAsync(peer, stream, reader, asked.Run, cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ContentStoreException)
        {
            // The peer left, stood still, or what it asked for is damaged here: the stream's end tells it.
        }
        finally
        {
            reader?.Dispose();
            Interlocked.Decrement(ref _streams);
        }
    }

    private async Task DescribeAsync(IExchangeStream stream, IContentReader reader, CancellationToken cancellationToken)
    {
        await AnswerAsync(stream, ExchangeStatus.Ok, reader.EncodedLeaves, cancellationToken);
        var count = reader.Descriptor.ChunkCount;
        var held = new byte[(count + 7) / 8];
        for (var i = 0; i < count; i++) if (reader.Has(i)) held[i >> 3] |= (byte)(1 << (i & 7));
        await AnswerAsync(stream, ExchangeStatus.Ok, held, cancellationToken);
    }

    private async Task SendChunksAsync(PeerId peer, IExchangeStream stream, IContentReader reader, ChunkRun run, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ExchangeAnswer.Length + reader.Descriptor.ChunkSize);
        try
        {
            for (var i = run.First; i < run.First + run.Count; i++)
            {
                if (i >= reader.Descriptor.ChunkCount || !reader.Has(i))
                {
                    await AnswerAsync(stream, ExchangeStatus.NotHeld, default, cancellationToken);
                    return;
                }
                var length = reader.Descriptor.ChunkLength(i);
                await reader.ReadChunkAsync(i, buffer.AsMemory(ExchangeAnswer.Length), cancellationToken);
                new ExchangeAnswer(ExchangeStatus.Ok, length).Write(buffer);
                await Limited(token => stream.WriteAsync(buffer.AsMemory(0, ExchangeAnswer.Length + length), token), cancellationToken);
                counters.Sent(peer, length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task AnswerAsync(IExchangeStream stream, ExchangeStatus status, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var answer = new byte[ExchangeAnswer.Length + bytes.Length];
        new ExchangeAnswer(status, bytes.Length).Write(answer);
        bytes.CopyTo(answer.AsMemory(ExchangeAnswer.Length));
        await Limited(token => stream.WriteAsync(answer, token), cancellationToken);
    }

    private async Task Limited(Func<CancellationToken, ValueTask> step, CancellationToken cancellationToken)
    {
        using var idle = new CancellationTokenSource(IdleTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, cancellationToken);
        await step(both.Token);
    }
}
