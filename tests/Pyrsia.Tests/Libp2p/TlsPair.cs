using Pyrsia.Libp2p;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Both ends of a TLS connection in memory.</summary>
internal sealed record TlsPair(TlsChannel Dialer, TlsChannel Listener) : IAsyncDisposable
{
    public static async Task<TlsPair> RunAsync(TlsIdentity dialer, TlsIdentity listener, CancellationToken cancellationToken, MemoryChannel? left = null, MemoryChannel? right = null)
    {
        if (left is null || right is null) (left, right) = MemoryPair.Open();
        var (dialing, listening) = Start(left, right, dialer, listener, null, cancellationToken);
        return new TlsPair(await dialing, await listening);
    }

    /// <summary>Runs both halves; one that fails cuts the connection, as a host does.</summary>
    public static (Task<TlsChannel> Dialing, Task<TlsChannel> Listening) Start(
        MemoryChannel left, MemoryChannel right, TlsIdentity dialer, TlsIdentity listener, PeerId? expected, CancellationToken cancellationToken)
    {
        async Task<TlsChannel> DialAsync()
        {
            try
            {
                return await TlsUpgrade.DialAsync(left, dialer, expected, cancellationToken);
            }
            catch
            {
                left.Abort();
                throw;
            }
        }

        async Task<TlsChannel> ListenAsync()
        {
            try
            {
                var input = new InputBuffer(right);
                await MultistreamSelect.ListenAsync(input, id => id == TlsUpgrade.ProtocolId, cancellationToken);
                return await TlsUpgrade.ListenAsync(right, input, listener, cancellationToken);
            }
            catch
            {
                right.Abort();
                throw;
            }
        }

        return (DialAsync(), ListenAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await Dialer.DisposeAsync();
        await Listener.DisposeAsync();
    }
}
