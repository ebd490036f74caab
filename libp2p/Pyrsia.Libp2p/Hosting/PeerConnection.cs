namespace Pyrsia.Libp2p;

/// <summary>One authenticated connection with what the host knows about it.</summary>
internal sealed class PeerConnection(UpgradedConnection connection, Multiaddr address, bool inbound, HeartbeatOptions heartbeat, bool limited = false)
{
    private volatile Suspicion suspicion = new();
    private int openStreams;

    public PeerId Peer { get; } = connection.Peer;

    public IMuxedConnection Muxed { get; } = connection.Muxed;

    /// <summary>Protocol id of the secure channel.</summary>
    public string Security { get; } = connection.Security;

    public Multiaddr Address { get; } = address;

    public bool IsInbound { get; } = inbound;

    /// <summary>The network that the connection is counted for; null over a relay and in private ranges.</summary>
    public NetworkPrefix? Network { get; } = address.IsRelayed ? null : NetworkPrefix.Of(address, PrefixScale.Site);

    /// <summary>The place that the connection has among those of the host; null before it is taken into service.</summary>
    public Reservation? Place { get; set; }

    /// <summary>A circuit that its relay cuts after a time or an amount of bytes.</summary>
    public bool IsLimited { get; } = limited;

    /// <summary>This host dialed from a port that it listens on.</summary>
    public bool LeftFromListener { get; init; }

    /// <summary>Both sides dialed at once, after they had agreed so over a circuit.</summary>
    public bool IsPunched { get; set; }

    /// <summary>The listener leads: it may have many connections, and asks those that are due with one look. To be asked by each at its own time costs it twice as much.</summary>
    public FailureDetector Detector { get; } = new(heartbeat, leads: inbound, connection.Muxed.Now);

    /// <summary>What identify said so far; null before the first answer.</summary>
    public IdentifyMessage? Identity { get; set; }

    /// <summary>Ends when the first identify exchange succeeded or failed.</summary>
    public TaskCompletionSource Identified { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Sends the pings that the program asks for; null before the first.</summary>
    public Pinger? Pinger { get; set; }

    /// <summary>Last measured round trip, null before the first.</summary>
    public TimeSpan? RoundTrip => Muxed.RoundTrip is var measured && measured > TimeSpan.Zero ? measured : null;

    /// <summary>When an application stream was last opened or closed.</summary>
    public TimeSpan LastUsed { get; private set; }

    public int OpenStreams => Volatile.Read(ref openStreams);

    /// <summary>Fires when the peer is suspected.</summary>
    public CancellationToken Suspected => suspicion.Token;

    public void Suspect() => suspicion.Raise();

    public void Recover() => suspicion = new Suspicion();

    public void StreamOpened()
    {
        Interlocked.Increment(ref openStreams);
        LastUsed = Muxed.Now;
    }

    public void StreamClosed()
    {
        Interlocked.Decrement(ref openStreams);
        LastUsed = Muxed.Now;
    }
}
