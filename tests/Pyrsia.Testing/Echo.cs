using System.Security.Cryptography;
using Pyrsia.Libp2p;

namespace Pyrsia.Testing;

/// <summary>A protocol that sends back what it gets until the other side has finished; the JavaScript peers speak it too.</summary>
public static class Echo
{
    /// <summary>Its name.</summary>
    public const string Protocol = "/interop/echo/1.0.0";

    /// <summary>Serves it, also over circuits that their relay cuts.</summary>
    public static void Serve(Libp2pHost host) => host.Handle(Protocol, async (stream, ct) =>
    {
        var buffer = new byte[32 * 1024];
        int n;
        while ((n = await stream.ReadAsync(buffer, ct)) > 0) await stream.WriteAsync(buffer.AsMemory(0, n), ct);
        await stream.CloseWriteAsync(ct);
    }, new ProtocolLimits { AllowLimited = true });

    /// <summary>Sends random bytes in pieces, finishes, and expects the very same back.</summary>
    /// <exception cref="InvalidDataException">Others came.</exception>
    public static async Task SendAsync(Libp2pHost from, PeerId to, int size, int piece, CancellationToken cancellationToken)
    {
        var data = RandomNumberGenerator.GetBytes(size);
        await using var stream = await from.OpenStreamAsync(to, Protocol, allowLimited: true, cancellationToken);
        var sending = Task.Run(async () =>
        {
            for (var at = 0; at < size; at += piece) await stream.WriteAsync(data.AsMemory(at, Math.Min(piece, size - at)), cancellationToken);
            await stream.CloseWriteAsync(cancellationToken);
        }, cancellationToken);
        var received = new MemoryStream();
        var buffer = new byte[piece];
        int n;
        while ((n = await stream.ReadAsync(buffer, cancellationToken)) > 0) received.Write(buffer, 0, n);
        await sending;
        if (!data.AsSpan().SequenceEqual(received.ToArray())) throw new InvalidDataException($"Of {size} bytes in pieces of {piece} others came back: {received.Length}.");
    }
}
