using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Pyrsia.Libp2p;

/// <summary>
/// What a host measures, in the meter <see cref="MeterName"/>, for OpenTelemetry or any <see cref="MeterListener"/>. What it holds is counted when somebody asks; of the rest nothing is reckoned while nobody listens.
/// Attributes are few and take few values: no peer and no address is among them, for those see <see cref="HostTraces"/>. What failed has <c>error.type</c>, the name of an exception's type, or <c>given_up</c>.
/// </summary>
public sealed class HostMetrics : ITrafficMeter, IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Pyrsia.Libp2p";

    private const string DirectionTag = "libp2p.direction";
    private const string ErrorTag = "error.type";
    private const string GivenUp = "given_up";

    /// <summary>Bounds of the times that are measured, in seconds: from a round trip on one machine to the ten seconds after which a dial is given up.</summary>
    private static readonly InstrumentAdvice<double> Times = new() { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] };

    private static readonly KeyValuePair<string, object?> In = new("network.io.direction", "receive");
    private static readonly KeyValuePair<string, object?> Out = new("network.io.direction", "transmit");

    private readonly TimeProvider time;
    private readonly Meter? owned;
    private readonly Histogram<double> dials;
    private readonly Histogram<double> handshakes;
    private readonly Histogram<double> lookups;
    private readonly Counter<long> bytes;
    private readonly Counter<long> verdicts;

    internal HostMetrics(Libp2pHost host, IMeterFactory? factory, TimeProvider time)
    {
        this.time = time;
        var meter = factory?.Create(new MeterOptions(MeterName)) ?? (owned = new Meter(MeterName));
        meter.CreateObservableUpDownCounter("libp2p.connections", () => Connections(host), "{connection}", "Connections that stand, by who dialed.");
        meter.CreateObservableUpDownCounter("libp2p.streams", () => host.Metered.Sum(c => c.Muxed.StreamCount), "{stream}", "Streams that are open, whoever opened them.");
        meter.CreateObservableCounter("libp2p.limit.refusals", () => Refusals(host), "{refusal}", "What was refused to peers by a limit, by the resource.");
        dials = meter.CreateHistogram("libp2p.dial.duration", "s", "Time of dials of a peer or an address, over all addresses that were tried, with their outcome.", null, Times);
        handshakes = meter.CreateHistogram("libp2p.handshake.duration", "s", "Time from a raw connection to streams, by who dialed and the security protocol, with the outcome.", null, Times);
        lookups = meter.CreateHistogram("libp2p.dht.lookup.duration", "s", "Time of lookups in the DHT, by what they ask for, with their outcome.", null, Times);
        bytes = meter.CreateCounter<long>("libp2p.io", "By", "Bytes that connections carried, without what security adds; those of a circuit stand also in the connection to its relay.");
        verdicts = meter.CreateCounter<long>("libp2p.peer.verdicts", "{verdict}", "What the failure detector came to think of connections: suspected, dead, or alive again.");
    }

    /// <inheritdoc/>
    public void Dispose() => owned?.Dispose();

    void ITrafficMeter.Received(int count) => bytes.Add(count, In);

    void ITrafficMeter.Sent(long count) => bytes.Add(count, Out);

    internal void Judged(PeerState state)
    {
        if (verdicts.Enabled) verdicts.Add(1, new KeyValuePair<string, object?>("libp2p.peer.state", state switch { PeerState.Alive => "alive", PeerState.Suspected => "suspected", _ => "dead" }));
    }

    internal Task<PeerConnection> DialAsync(Func<Task<PeerConnection>> dial) => TimeAsync(dials, [], dial, static (ref _, _) => { });

    internal Task<UpgradedConnection> HandshakeAsync(bool dialer, Func<Task<UpgradedConnection>> handshake) => TimeAsync(
        handshakes, [new(DirectionTag, Direction(inbound: !dialer))], handshake, static (ref tags, upgraded) => tags.Add("libp2p.security", upgraded.Security));

    internal Task<T> LookupAsync<T>(KadMessageType asks, Func<Task<T>> lookup) => TimeAsync(
        lookups, [new("libp2p.dht.lookup", asks == KadMessageType.GetProviders ? "providers" : "peers")], lookup, static (ref _, _) => { });

    private static string Direction(bool inbound) => inbound ? "inbound" : "outbound";

    private static IEnumerable<Measurement<int>> Connections(Libp2pHost host)
    {
        var inbound = host.Metered.ToLookup(connection => connection.IsInbound);
        foreach (var way in (bool[])[true, false]) yield return new(inbound[way].Count(), [new(DirectionTag, Direction(way))]);
    }

    private static IEnumerable<Measurement<long>> Refusals(Libp2pHost host) =>
        host.Resources.Select(resource => new Measurement<long>(resource.Refused, [new("libp2p.resource", Word(resource.Kind))]));

    /// <summary>The kind in the form of other attributes: words in lower case with underscores.</summary>
    private static string Word(ResourceKind kind) => string.Concat(kind.ToString().Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : "_") + char.ToLowerInvariant(c) : c.ToString()));

    private async Task<T> TimeAsync<T>(Histogram<double> into, TagList tags, Func<Task<T>> work, Tell<T> tell)
    {
        if (!into.Enabled) return await work().ConfigureAwait(false);
        var began = time.GetTimestamp();
        try
        {
            var result = await work().ConfigureAwait(false);
            tell(ref tags, result);
            into.Record(time.GetElapsedTime(began).TotalSeconds, tags);
            return result;
        }
        catch (Exception e) when (Passes(e))
        {
            throw;
        }

        bool Passes(Exception e)
        {
            tags.Add(ErrorTag, e is OperationCanceledException ? GivenUp : e.GetType().FullName);
            into.Record(time.GetElapsedTime(began).TotalSeconds, tags);
            return false;
        }
    }

    private delegate void Tell<in T>(ref TagList tags, T result);
}
