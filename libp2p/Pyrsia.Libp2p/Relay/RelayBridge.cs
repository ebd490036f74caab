namespace Pyrsia.Libp2p;

/// <summary>Carries bytes between two streams until both sides have finished. Beyond a limit, and when either side breaks, both are reset.</summary>
internal static class RelayBridge
{
    /// <summary>Buffer of one direction, in bytes.</summary>
    private const int BufferLength = 16 * 1024;

    public static async Task RunAsync(Libp2pStream a, Libp2pStream b, RelayLimit limit, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(limit.Seconds == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(limit.Seconds), time, cancellationToken);
        await using (deadline.Token.Register(Cut).ConfigureAwait(false))
            await Task.WhenAll(CopyAsync(a, b), CopyAsync(b, a)).ConfigureAwait(false);

        void Cut()
        {
            a.Reset();
            b.Reset();
        }

        async Task CopyAsync(Libp2pStream from, Libp2pStream to)
        {
            try
            {
                var left = limit.Bytes == 0 ? ulong.MaxValue : limit.Bytes;
                var buffer = new byte[BufferLength];
                int n;
                while ((n = await from.ReadAsync(buffer, deadline.Token).ConfigureAwait(false)) > 0)
                {
                    if ((ulong)n > left) throw new StreamResetException("The circuit has carried what it may.");
                    left -= (ulong)n;
                    await to.WriteAsync(buffer.AsMemory(0, n), deadline.Token).ConfigureAwait(false);
                }
                await to.CloseWriteAsync(deadline.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // Either side may end a circuit at any time, and so may the limits.
                Cut();
            }
        }
    }
}
