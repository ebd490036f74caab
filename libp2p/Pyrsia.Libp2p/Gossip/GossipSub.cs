using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>Publish and subscribe among the peers of a host, by gossipsub 1.0 to 1.2: drives a <see cref="GossipRouter"/> with streams and a clock.
/// Messages are signed, and only signed ones are taken. Each side speaks on a stream that it opened, and hears on the other's.</summary>
public sealed partial class GossipSub : IAsyncDisposable
{
    /// <summary>Streams on which one peer is heard: its present one, and one that is just replaced.</summary>
    private const int MaxStreamsPerPeer = 2;

    /// <summary>Peers that are met at once on others' word.</summary>
    private const int MaxMeeting = 4;

    /// <summary>How long one message may take to leave.</summary>
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(10);

    private readonly Libp2pHost host;
    private readonly GossipOptions options;
    private readonly GossipRouter router;
    private readonly Dictionary<PeerId, GossipWay> ways = [];
    private readonly Dictionary<string, GossipTopic> topics = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private ulong sequence;
    private int meeting;

    /// <summary>Joins the gossip with a running host.</summary>
    /// <exception cref="ArgumentException">Options do not fit together.</exception>
    public GossipSub(Libp2pHost host, GossipOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        (this.host, this.options) = (host, options ?? new GossipOptions());
        this.options.Validate();
        router = new GossipRouter(host.Id, this.options, host.NewRandom()) { RecordOf = host.PeerStore.GetSignedRecord };
        // Never lower than before a restart, so that no number is used twice.
        sequence = (ulong)host.Time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        host.PeerChanged += OnPeerChanged;
        foreach (var protocol in Protocols) host.Handle(protocol, HearAsync, new ProtocolLimits { MaxStreamsPerPeer = MaxStreamsPerPeer });
        host.Spawn("gossip", HeartbeatAsync);
    }

    /// <summary>Protocol ids, newest first.</summary>
    public static IReadOnlyList<string> Protocols { get; } = ["/meshsub/1.2.0", "/meshsub/1.1.0", "/meshsub/1.0.0"];

    /// <summary>Joins a topic.</summary>
    /// <param name="name">The topic, 1 to <see cref="GossipMessage.MaxTopicLength"/> bytes of UTF-8.</param>
    /// <param name="validator">Judges each message before it is delivered and forwarded; without one all that are signed are good. It is called for several at once; what it throws counts as <see cref="GossipVerdict.Ignore"/> and is a fault of the host's.</param>
    /// <exception cref="ArgumentException">The name is empty or too long.</exception>
    /// <exception cref="InvalidOperationException">The topic is joined already.</exception>
    public GossipTopic Join(string name, Func<GossipMessage, CancellationToken, ValueTask<GossipVerdict>>? validator = null)
    {
        CheckName(name);
        var topic = new GossipTopic(this, name, validator);
        lock (gate)
        {
            if (!topics.TryAdd(name, topic)) throw new InvalidOperationException($"The topic '{name}' is joined already.");
            router.Join(name, Now);
            Do();
        }
        return topic;
    }

    /// <summary>Publishes, to a topic that is joined or not.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="data">At most <see cref="GossipMessage.MaxDataLength"/> bytes.</param>
    /// <returns>How many peers it goes to at once.</returns>
    /// <exception cref="ArgumentException">The name is empty or too long, or there is too much data.</exception>
    public int Publish(string topic, ReadOnlyMemory<byte> data)
    {
        CheckName(topic);
        if (data.Length > GossipMessage.MaxDataLength) throw new ArgumentException($"A message has at most {GossipMessage.MaxDataLength} bytes.", nameof(data));
        var message = GossipMessage.Sign(host.Identity, topic, Interlocked.Increment(ref sequence), data.ToArray());
        lock (gate)
        {
            var reached = router.Publish(message, Now);
            Do();
            return reached;
        }
    }

    /// <summary>Peers that said that they joined the topic.</summary>
    public IReadOnlyList<PeerId> Subscribers(string topic)
    {
        lock (gate) return router.Subscribers(topic);
    }

    /// <summary>Peers of the topic that get every message from here.</summary>
    public IReadOnlyList<PeerId> Mesh(string topic)
    {
        lock (gate) return [.. router.Mesh(topic)];
    }

    /// <summary>What a peer is worth now.</summary>
    public double Score(PeerId peer)
    {
        lock (gate) return router.Score(peer);
    }

    /// <summary>Leaves all topics, tells the peers so, and stops; the host goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (stopping.IsCancellationRequested) return;
        await stopping.CancelAsync().ConfigureAwait(false);
        host.PeerChanged -= OnPeerChanged;
        foreach (var protocol in Protocols) host.Unhandle(protocol);
        foreach (var topic in topics.Values.ToArray()) topic.Dispose();
        lock (gate)
            foreach (var way in ways.Values) way.Queue.Writer.TryComplete();
    }

    internal void Leave(GossipTopic topic)
    {
        lock (gate)
        {
            if (!topics.Remove(topic.Name)) return;
            router.Leave(topic.Name, Now);
            Do();
        }
    }

    private long Now => (long)host.Time.GetElapsedTime(0).TotalMilliseconds;

    private static void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (System.Text.Encoding.UTF8.GetByteCount(name) > GossipMessage.MaxTopicLength) throw new ArgumentException($"A topic has at most {GossipMessage.MaxTopicLength} bytes.", nameof(name));
    }

    /// <summary>An address that says nothing about who is behind it is not counted.</summary>
    private static string? CountedAddress(Multiaddr address) =>
        address.Components is [{ Name: "ip4" or "ip6" } ip, ..] && IPAddress.TryParse(ip.Text, out var parsed) && !IPAddress.IsLoopback(parsed) ? ip.Text : null;
}
