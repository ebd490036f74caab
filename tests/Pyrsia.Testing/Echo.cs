using System.Security.Cryptography;
using Pyrsia.Libp2p;

namespace Pyrsia.Testing;

/// <summary>A protocol that sends back what it gets until the other side has finished; the JavaScript peers speak it too.</summary>
public static class Echo
{
    /// <summary>Its name.</summary>
    public const string Protocol = "/interop/echo/1.0.0";

    /// <summary>How long an exchange may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

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
    /// <exception cref="TimeoutException">They did not all come back within <see cref="Limit"/>.</exception>
    public static async Task SendAsync(Libp2pHost from, PeerId to, int size, int piece, CancellationToken cancellationToken)
    {
        var data = RandomNumberGenerator.GetBytes(size);
        var sent = 0;
        var received = new MemoryStream();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            await using var stream = await from.OpenStreamAsync(to, Protocol, allowLimited: true, limit.Token);
            var sending = Task.Run(async () =>
            {
                for (; sent < size; sent += piece) await stream.WriteAsync(data.AsMemory(sent, Math.Min(piece, size - sent)), limit.Token);
                await stream.CloseWriteAsync(limit.Token);
            }, limit.Token);
            var buffer = new byte[piece];
            int n;
            while ((n = await stream.ReadAsync(buffer, limit.Token)) > 0) received.Write(buffer, 0, n);
            await sending;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Of {size} bytes in pieces of {piece}, {sent} were sent and {received.Length} came back within {Limit.TotalSeconds} s.", e);
        }
        if (!data.AsSpan().SequenceEqual(received.ToArray())) throw new InvalidDataException($"Of {size} bytes in pieces of {piece} others came back: {received.Length}.");
    }
}
