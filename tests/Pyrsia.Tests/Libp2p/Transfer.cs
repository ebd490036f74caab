using System.Buffers.Binary;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>One transfer that follows from its seed: random bytes of random number go in random pieces to a peer that sends them back, and both compare every byte.</summary>
internal sealed class Transfer
{
    private const string Protocol = "/transfer";
    private const int MaxLength = 400_000;
    private const int MaxPiece = 90_000;

    private readonly int seed;
    private readonly byte[] data;
    private readonly TransferEnd end;
    private readonly int cut;

    private Transfer(int seed)
    {
        this.seed = seed;
        var random = new Random(seed);
        data = new byte[random.Next(MaxLength)];
        random.NextBytes(data);
        end = (TransferEnd)random.Next(4);
        cut = random.Next(data.Length + 1);
    }

    public static void Serve(Libp2pHost host) => host.Handle(Protocol, async (stream, ct) =>
    {
        var head = new byte[4];
        await stream.ReadExactlyAsync(head, ct);
        await new Transfer(BinaryPrimitives.ReadInt32BigEndian(head)).SendBackAsync(stream, ct);
    });

    public static async Task RunAsync(Libp2pHost from, PeerId to, int seed, CancellationToken ct)
    {
        try
        {
            await new Transfer(seed).RunAsync(from, to, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new InvalidOperationException($"The transfer with seed {seed} failed: {e.Message}", e);
        }
    }

    private async Task RunAsync(Libp2pHost from, PeerId to, CancellationToken ct)
    {
        await using var stream = await from.OpenStreamAsync(to, Protocol, ct);
        var head = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(head, seed);
        await stream.WriteAsync(head, ct);
        var sending = SendAsync(stream, new Random(seed + 1), ct);
        var received = await ReceiveAsync(stream, new Random(seed + 2), ct);
        var sent = await sending;
        if (end is TransferEnd.HalfClose or TransferEnd.CancelledReads) Assert.Equal((data.Length, true, true), (received.Length, received.Ended, sent));
        else Assert.False(received.Ended, "a stream that was reset ended in order");
    }

    private async Task SendBackAsync(Libp2pStream stream, CancellationToken ct)
    {
        var random = new Random(seed + 3);
        var at = 0;
        while (true)
        {
            var piece = new byte[random.Next(1, MaxPiece)];
            var n = await stream.ReadAsync(piece, ct);
            if (n == 0) break;
            Check(piece.AsSpan(0, n), at);
            await stream.WriteAsync(piece.AsMemory(0, n), ct);
            at += n;
            if (end == TransferEnd.ResetByReceiver && at >= cut) throw new StreamResetException("as the seed says");
        }
        if (at != data.Length) throw new InvalidDataException($"{at} bytes of {data.Length} arrived before an orderly end");
        if (end == TransferEnd.ResetByReceiver) throw new StreamResetException("as the seed says");
        await stream.CloseWriteAsync(ct);
    }

    /// <summary>False when the stream was reset before all was sent.</summary>
    private async Task<bool> SendAsync(Libp2pStream stream, Random random, CancellationToken ct)
    {
        try
        {
            for (var at = 0; at < data.Length;)
            {
                var n = Math.Min(random.Next(1, MaxPiece), data.Length - at);
                await stream.WriteAsync(data.AsMemory(at, n), ct);
                at += n;
                if (end != TransferEnd.ResetBySender || at < cut) continue;
                stream.Reset();
                return false;
            }
            if (end == TransferEnd.ResetBySender) stream.Reset();
            else await stream.CloseWriteAsync(ct);
            return true;
        }
        catch (StreamResetException) when (end == TransferEnd.ResetByReceiver)
        {
            return false;
        }
    }

    /// <summary>How many bytes came, all of them right, and whether the stream ended in order.</summary>
    private async Task<(int Length, bool Ended)> ReceiveAsync(Libp2pStream stream, Random random, CancellationToken ct)
    {
        var at = 0;
        try
        {
            while (true)
            {
                var piece = new byte[random.Next(1, MaxPiece)];
                var n = await ReadAsync(piece);
                if (n == 0) return (at, true);
                Check(piece.AsSpan(0, n), at);
                at += n;
            }
        }
        catch (StreamResetException) when (end is TransferEnd.ResetBySender or TransferEnd.ResetByReceiver)
        {
            return (at, false);
        }

        async ValueTask<int> ReadAsync(byte[] piece)
        {
            while (end == TransferEnd.CancelledReads && random.Next(3) == 0)
            {
                using var impatient = CancellationTokenSource.CreateLinkedTokenSource(ct);
                var reading = stream.ReadAsync(piece, impatient.Token);
                await impatient.CancelAsync();
                try
                {
                    return await reading;
                }
                catch (OperationCanceledException) when (!ct.IsCancellationRequested)
                {
                    // The stream is as it was.
                }
            }
            return await stream.ReadAsync(piece, ct);
        }
    }

    private void Check(ReadOnlySpan<byte> piece, int at)
    {
        if (at + piece.Length > data.Length || !piece.SequenceEqual(data.AsSpan(at, piece.Length))) throw new InvalidDataException($"other bytes than were sent, from {at} to {at + piece.Length}");
    }
}
