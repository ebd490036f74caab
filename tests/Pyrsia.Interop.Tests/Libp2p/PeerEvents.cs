using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>Waiting for what a host sees of a peer.</summary>
internal static class PeerEvents
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Ends with the first event of this kind about the peer; subscribes at once.</summary>
    public static Task NextAsync(this Libp2pHost host, PeerId peer, PeerEventKind kind)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.PeerChanged += (_, e) =>
        {
            if (e.Kind == kind && e.Peer == peer) source.TrySetResult();
        };
        return source.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
    }
}
