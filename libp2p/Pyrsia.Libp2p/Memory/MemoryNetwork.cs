using System.Net.Sockets;

namespace Pyrsia.Libp2p;

/// <summary>
/// A network inside one process, which hosts with <see cref="Libp2pHostOptions.Memory"/> listen and dial on by <c>/memory/NUMBER</c>: for tests and simulations of whole hosts.
/// All that takes time on it takes that of the clock that it is given, so that hosts with the same clock run in virtual time.
/// </summary>
/// <remarks>
/// It behaves as TCP does: a dial takes a round trip, what is sent comes in order, a sender waits while 256 KiB are under way or not read, one direction ends before the other, and what a silent link
/// lost comes when it speaks again. Not as TCP: there is no limit of speed, room is known to the sender at once, and who closes with bytes unread is seen to end and not to reset; <see cref="MemoryLink.Cut"/> is a reset.
/// </remarks>
public sealed class MemoryNetwork
{
    /// <summary>Numbers from here on are given to who asks for none: a listener on <c>/memory/0</c>, a dialer that listens nowhere.</summary>
    private const ulong FirstGiven = 1UL << 63;

    private readonly Dictionary<ulong, MemoryListener> listeners = [];
    private readonly Dictionary<(ulong, ulong), MemoryLink> links = [];
    private readonly TimeSpan latency;
    private readonly long started;
    private ulong given = FirstGiven;

    /// <summary>An empty network.</summary>
    /// <param name="time">The clock of all its hosts.</param>
    public MemoryNetwork(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        Time = time;
        started = time.GetTimestamp();
    }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Time that bytes are under way on links that are given no other, zero by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public TimeSpan Latency
    {
        get => latency;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            latency = value;
        }
    }

    /// <summary>Connections that one end or both still hold, for tests that nothing is left.</summary>
    public int Connections
    {
        get
        {
            lock (Gate) return links.Values.Sum(link => link.Connections);
        }
    }

    /// <summary>Guards all links and connections of the network: a change of a link is seen by all at once.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Time since the network began.</summary>
    internal TimeSpan Now => Time.GetElapsedTime(started);

    /// <summary>The link between two addresses, the same in both directions and for all connections there. A dialer that listens nowhere has a number of its own for each connection.</summary>
    /// <param name="one">Number of the one address.</param>
    /// <param name="other">Number of the other.</param>
    public MemoryLink Link(ulong one, ulong other)
    {
        lock (Gate)
        {
            var link = LinkOf(one, other);
            link.IsKept = true;
            return link;
        }
    }

    /// <summary>Listens.</summary>
    /// <param name="number">Where, 0 for a number that nobody has.</param>
    /// <exception cref="SocketException">Somebody listens there.</exception>
    internal MemoryListener Listen(ulong number)
    {
        lock (Gate)
        {
            var listener = new MemoryListener(this, number == 0 ? given++ : number);
            return listeners.TryAdd(listener.Number, listener) ? listener : throw new SocketException((int)SocketError.AddressAlreadyInUse);
        }
    }

    internal void Forget(MemoryListener listener)
    {
        lock (Gate) listeners.Remove(listener.Number);
    }

    /// <summary>Dials, which takes the link's latency twice, and longer while it is silent.</summary>
    /// <param name="from">Number of this end, null for one that nobody has.</param>
    /// <param name="to">Number of the other.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    internal async Task<MemoryChannel> ConnectAsync(ulong? from, ulong to, CancellationToken cancellationToken)
    {
        MemoryLink link;
        ulong near;
        lock (Gate)
        {
            link = LinkOf(near = from ?? given++, to);
            link.Enter();
        }
        MemoryChannel? channel = null;
        try
        {
            await link.CrossAsync(cancellationToken).ConfigureAwait(false);
            lock (Gate)
            {
                if (listeners.TryGetValue(to, out var listener))
                {
                    var (ours, theirs) = MemoryChannel.Pair(link, near, to);
                    channel = ours;
                    if (!listener.TryOffer(theirs))
                    {
                        ours.Abort();
                        theirs.Abort();
                        channel = null;
                    }
                }
            }
            await link.CrossAsync(cancellationToken).ConfigureAwait(false);
            return channel ?? throw new SocketException((int)SocketError.ConnectionRefused);
        }
        catch
        {
            channel?.Abort();
            throw;
        }
        finally
        {
            lock (Gate) link.Leave();
        }
    }

    /// <summary>Called under the lock, when nobody uses a link any more.</summary>
    internal void Forget(MemoryLink link) => links.Remove((link.One, link.Other));

    private MemoryLink LinkOf(ulong one, ulong other)
    {
        var key = one < other ? (one, other) : (other, one);
        if (!links.TryGetValue(key, out var link)) links.Add(key, link = new MemoryLink(this, key.Item1, key.Item2, latency));
        return link;
    }
}
