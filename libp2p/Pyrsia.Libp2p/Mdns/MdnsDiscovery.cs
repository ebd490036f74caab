using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Pyrsia.Libp2p;

/// <summary>Lets a host and the peers of its local network find each other by multicast DNS: who is found is put into the peer store and connected to.
/// Whoever is on that network can name peers, so only what proves its peer id counts, and dials are few.</summary>
public sealed class MdnsDiscovery : IAsyncDisposable
{
    /// <summary>Validity of the addresses that were told, which is that of the records.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <summary>A peer that did not answer is left alone for so long.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);

    /// <summary>Dials under way at once; what is found meanwhile is found again.</summary>
    private const int MaxDials = 8;

    /// <summary>Peers whose last dial is remembered; a local network has fewer.</summary>
    private const int MaxRemembered = 1024;

    private readonly Libp2pHost host;
    private readonly MulticastSocket socket;
    private readonly MdnsSession session;
    private readonly CancellationTokenSource stopping = new();
    private readonly Dictionary<PeerId, DateTimeOffset> dialed = [];
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int dialing;

    /// <summary>Begins to ask and to answer.</summary>
    /// <exception cref="SocketException">Another program has the port for itself.</exception>
    public MdnsDiscovery(Libp2pHost host, MdnsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        options ??= new MdnsOptions();
        options.Validate();
        this.host = host;
        var service = options.Service ?? (host.PrivateNetwork is { } key ? $"_p2p-{key.Fingerprint()}._udp.local" : MdnsOptions.DefaultService);
        session = new MdnsSession(host.Id, service, MdnsMessage.NewName(), options.AllowLoopback, host.Time.GetUtcNow());
        socket = new MulticastSocket(new IPEndPoint(options.Group, options.Port));
        host.Spawn("finding peers of the local network", RunAsync);
    }

    /// <summary>Stops; peers that were found stay connected.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await ended.Task.ConfigureAwait(false);
    }

    private async Task RunAsync(CancellationToken hostStops)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(hostStops, stopping.Token);
        var buffer = new byte[MdnsMessage.MaxLength];
        try
        {
            while (!either.IsCancellationRequested) await StepAsync(buffer, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The end, as it is meant.
        }
        finally
        {
            socket.Dispose();
            ended.TrySetResult();
        }
    }

    private async Task StepAsync(byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            await SendOrReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or NetworkInformationException)
        {
            // The network of the machine changes: go on, but not in a tight circle.
            await Task.Delay(MdnsSession.FirstGap, host.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SendOrReceiveAsync(byte[] buffer, CancellationToken cancellationToken)
    {
        var now = host.Time.GetUtcNow();
        if (session.Next(now, host.ListenAddresses) is { } datagram)
        {
            await socket.SendAsync(datagram, cancellationToken).ConfigureAwait(false);
            return;
        }
        using var deadline = new Deadline(session.Due - now, host.Time, cancellationToken);
        try
        {
            var length = await socket.ReceiveAsync(buffer, deadline.Token).ConfigureAwait(false);
            if (session.Receive(buffer.AsSpan(0, length)) is { } found) Meet(found);
        }
        catch (OperationCanceledException) when (deadline.Passed)
        {
            // Time to send.
        }
    }

    private void Meet(PeerAddresses found)
    {
        host.PeerStore.AddAddresses(found.Peer, found.Addresses, Lifetime);
        var now = host.Time.GetUtcNow();
        if (host.IsConnected(found.Peer) || (dialed.TryGetValue(found.Peer, out var last) && now - last < RetryAfter) || Volatile.Read(ref dialing) >= MaxDials) return;
        if (dialed.Count >= MaxRemembered) dialed.Clear();
        dialed[found.Peer] = now;
        Interlocked.Increment(ref dialing);
        host.Spawn("connecting to a peer of the local network", async ct =>
        {
            try
            {
                await host.ConnectAsync(found.Peer, ct).ConfigureAwait(false);
            }
            finally
            {
                Interlocked.Decrement(ref dialing);
            }
        });
    }
}
