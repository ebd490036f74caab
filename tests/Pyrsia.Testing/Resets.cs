using Pyrsia.Libp2p;

namespace Pyrsia.Testing;

/// <summary>A protocol of broken streams: after a first byte of 1 the server resets the stream; after another it sends the byte back and waits for what breaks.</summary>
public static class Resets
{
    /// <summary>Its name; the JavaScript peers speak it too.</summary>
    public const string Protocol = "/interop/reset/1.0.0";

    /// <summary>Serves it.</summary>
    /// <returns>What the first stream that the server did not reset itself ended with; null when it went on.</returns>
    public static Task<Exception?> Serve(Libp2pHost host)
    {
        var seen = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Handle(Protocol, async (stream, ct) =>
        {
            var one = new byte[1];
            await stream.ReadExactlyAsync(one, ct);
            if (one[0] == 1)
            {
                stream.Reset();
                return;
            }
            await stream.WriteAsync(one, ct);
            try
            {
                await stream.ReadExactlyAsync(one, ct);
                seen.TrySetResult(null);
            }
            catch (Exception e)
            {
                seen.TrySetResult(e);
            }
        });
        return seen.Task;
    }
}
