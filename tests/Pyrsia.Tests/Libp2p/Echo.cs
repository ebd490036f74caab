using System.Security.Cryptography;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>A protocol that sends back what it gets until the other side has finished.</summary>
internal static class Echo
{
    private const string Protocol = "/echo";

    public static void Serve(Libp2pHost host) => host.Handle(Protocol, async (stream, ct) =>
    {
        var buffer = new byte[32 * 1024];
        int n;
        while ((n = await stream.ReadAsync(buffer, ct)) > 0) await stream.WriteAsync(buffer.AsMemory(0, n), ct);
        await stream.CloseWriteAsync(ct);
    });

    /// <summary>Sends random bytes in pieces, finishes, and expects the very same back.</summary>
    public static async Task SendAsync(Libp2pHost from, PeerId to, int size, int piece, CancellationToken ct)
    {
        var data = RandomNumberGenerator.GetBytes(size);
        await using var stream = await from.OpenStreamAsync(to, Protocol, ct);
        var sending = Task.Run(async () =>
        {
            for (var at = 0; at < size; at += piece) await stream.WriteAsync(data.AsMemory(at, Math.Min(piece, size - at)), ct);
            await stream.CloseWriteAsync(ct);
        }, ct);
        var received = new MemoryStream();
        var buffer = new byte[piece];
        int n;
        while ((n = await stream.ReadAsync(buffer, ct)) > 0) received.Write(buffer, 0, n);
        await sending;
        Assert.True(data.AsSpan().SequenceEqual(received.ToArray()), $"size {size}, pieces of {piece}");
    }
}
