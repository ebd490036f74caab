using System.Net;
using System.Net.Sockets;

namespace Pyrsia.Libp2p;

/// <summary>Has the router of the local network let others in: asks it, by NAT-PMP or where it does not speak that by UPnP, to map the ports that the host listens on, keeps the mappings while the host lives and deletes them at the end.
/// What a router says is only a candidate: the address is announced when peers have reached it, see <see cref="AutoNat"/>. Hosts that stand in the Internet themselves ask for nothing.</summary>
public sealed partial class PortMapper : IAsyncDisposable
{
    private readonly Libp2pHost host;
    private readonly PortMapperOptions options;
    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private CancellationTokenSource news = new();

    /// <summary>Begins to ask.</summary>
    public PortMapper(Libp2pHost host, PortMapperOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        this.host = host;
        this.options = options ?? new PortMapperOptions();
        this.options.Validate();
        host.Listened += OnListened;
        host.Spawn("having ports mapped", RunAsync);
    }

    /// <summary>What the router maps changed. Raised on the host's tasks: handlers return at once.</summary>
    public event EventHandler? Changed;

    /// <summary>Where the router says that this host is reached; empty while it maps nothing.</summary>
    public IReadOnlyList<IPEndPoint> External { get; private set; } = [];

    private DateTimeOffset Now => host.Time.GetUtcNow();

    /// <summary>Deletes the mappings.</summary>
    public async ValueTask DisposeAsync()
    {
        host.Listened -= OnListened;
        await stopping.CancelAsync().ConfigureAwait(false);
        await ended.Task.ConfigureAwait(false);
    }

    private void OnListened(object? sender, EventArgs e)
    {
        lock (gate) _ = news.CancelAsync();
    }

    private async Task RunAsync(CancellationToken hostStops)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(hostStops, stopping.Token);
        try
        {
            while (true)
            {
                var listened = News();
                if (await GatewayAsync(either.Token).ConfigureAwait(false) is { } gateway)
                {
                    await AskAsync(gateway, either.Token).ConfigureAwait(false);
                    await AskByUpnpAsync(options.UpnpGateway ?? new IPEndPoint(gateway.Address, UpnpSearch.Port), either.Token).ConfigureAwait(false);
                }
                await RestAsync(options.RetryInterval, listened, either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The end, as it is meant.
        }
        finally
        {
            Publish([]);
            ended.TrySetResult();
        }
    }

    /// <summary>Waits for a time, or until the host listens somewhere new.</summary>
    private async Task RestAsync(TimeSpan time, CancellationToken listened, CancellationToken cancellationToken)
    {
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, listened);
        try
        {
            await Task.Delay(time, host.Time, rest.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // A new listener.
        }
    }

    private async Task<IPEndPoint?> GatewayAsync(CancellationToken cancellationToken)
    {
        if (host.MappablePorts(options.All).Count == 0) return null;
        if (options.Gateway is { } given) return given;
        return await DefaultGateway.FindAsync(cancellationToken).ConfigureAwait(false) is { } address ? new IPEndPoint(address, NatPmpMessage.Port) : null;
    }

    /// <summary>Works by NAT-PMP with one gateway until it does not answer any more or the host ends.</summary>
    private async Task AskAsync(IPEndPoint gateway, CancellationToken cancellationToken)
    {
        // Connected: the kernel drops what others send, and tells when nobody listens there.
        using var socket = new Socket(gateway.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(gateway, CancellationToken.None).ConfigureAwait(false);
        var session = new NatPmpSession(Now);
        try
        {
            while (!session.IsOver)
            {
                var listened = News();
                session.SetPorts(host.MappablePorts(options.All), Now);
                await StepAsync(session, socket, listened, cancellationToken).ConfigureAwait(false);
                Publish(session.Mapped(Now));
            }
        }
        finally
        {
            if (!session.IsOver) await ReleaseAsync(session, socket).ConfigureAwait(false);
        }
    }

    private void Publish(IReadOnlyList<MappedPort> ports)
    {
        host.SetMapped(ports);
        IPEndPoint[] external = [.. ports.Select(p => p.External)];
        if (external.SequenceEqual(External)) return;
        External = external;
        Changed?.Invoke(this, EventArgs.Empty);
    }

    private async Task ReleaseAsync(NatPmpSession session, Socket socket)
    {
        session.Stop(Now);
        using var deadline = new Deadline(options.ReleaseTimeout, host.Time, CancellationToken.None);
        try
        {
            while (!session.IsReleased && !session.IsOver) await StepAsync(session, socket, CancellationToken.None, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The router is gone; the mapping ends by itself.
        }
    }

    /// <summary>Sends what is due, then takes one answer or waits until something is due.</summary>
    /// <param name="session">What to send and how answers are taken.</param>
    /// <param name="socket">The way to the gateway.</param>
    /// <param name="listened">Ends the wait.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task StepAsync(NatPmpSession session, Socket socket, CancellationToken listened, CancellationToken cancellationToken)
    {
        try
        {
            while (session.Next(Now) is { } datagram) await socket.SendAsync(datagram, cancellationToken).ConfigureAwait(false);
            if (session.IsOver) return;
            var wait = session.Due - Now;
            using var due = new Deadline(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, host.Time, cancellationToken, listened);
            var buffer = new byte[NatPmpMessage.MaxLength];
            var length = await socket.ReceiveAsync(buffer, due.Token).ConfigureAwait(false);
            session.Receive(buffer.AsSpan(0, length), Now);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Due, or a new listener.
        }
        catch (SocketException)
        {
            session.Unreachable();
        }
    }

    /// <summary>A token that fires when the host listens somewhere new from now on.</summary>
    private CancellationToken News()
    {
        lock (gate)
        {
            if (news.IsCancellationRequested) news = new CancellationTokenSource();
            return news.Token;
        }
    }
}
