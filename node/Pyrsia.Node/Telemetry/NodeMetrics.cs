using System.Diagnostics.Metrics;
using Pyrsia.Content.Exchange;
using Pyrsia.Libp2p;
using Pyrsia.Node.Hosting;
using Pyrsia.Node.Log;

namespace Pyrsia.Node.Telemetry;

/// <summary>What a node measures of itself. Everything is read when somebody asks, so that nothing is counted on the way of a byte.</summary>
internal sealed class NodeMetrics : INodeMeter
{
    /// <summary>Name of the meter.</summary>
    internal const string MeterName = "Pyrsia.Node";

    private readonly Meter _meter = new(MeterName);

    public NodeMetrics(NodeResources resources, Libp2pHost host, TransferCounters transfers, NodeIdentityName identity, TimeProvider time, IServiceProvider services)
    {
        var log = services.GetService<LogView>();
        _meter.CreateObservableGauge("pyrsia.build.info", () => new Measurement<int>(1, [new("program", identity.Program), new("version", identity.Version)]), null, "The program and its version; always 1.");
        _meter.CreateObservableGauge("pyrsia.peers", () => Peers(host), null, "Peers that are connected, by what the failure detector thinks of them.");
        _meter.CreateObservableGauge("pyrsia.peer.ping.longest", () => LongestPing(host), "s", "The longest round-trip time of a peer that is alive, as last measured.");
        _meter.CreateObservableGauge("pyrsia.peer.held", () => Held(host), null, "What peers hold of the node: connections, handshakes under way, streams that they opened.");
        _meter.CreateObservableGauge("pyrsia.peer.windows", () => host.Resources.Single(resource => resource.Kind == ResourceKind.WindowBytes).Used, "By", "Bytes by which receive windows of peers' streams are larger than at first.");
        _meter.CreateObservableCounter("pyrsia.peer.refused", () => Refused(host), null, "What was refused to peers, because of a limit or the deny list.");
        _meter.CreateObservableCounter(
            "pyrsia.exchange", () => new Measurement<long>[] { new(transfers.BytesIn, [new("direction", "in")]), new(transfers.BytesOut, [new("direction", "out")]) }, "By", "Bytes of content exchanged with peers: verified ones received, and ones sent.");
        _meter.CreateObservableGauge("pyrsia.store", () => resources.Content.TotalBytes, "By", "Bytes of verified content that is stored.");
        _meter.CreateObservableGauge("pyrsia.store.blobs", () => resources.Content.Count, null, "Blobs that are stored.");
        if (log is null) return;
        _meter.CreateObservableGauge("pyrsia.log.size", () => log.Store.Checkpoint?.Checkpoint.Size ?? 0, null, "Entries that the newest verified checkpoint covers.");
        _meter.CreateObservableGauge("pyrsia.log.checkpoint.age", () => Age(log, time), "s", "Age of the newest checkpoint; absent before the first.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<int>> Peers(Libp2pHost host)
    {
        var states = host.Peers.GroupBy(peer => peer.Id).Select(group => group.First().State).ToArray();
        yield return new(states.Count(state => state == PeerState.Alive), [new("state", "alive")]);
        yield return new(states.Count(state => state == PeerState.Suspected), [new("state", "suspected")]);
    }

    private static IEnumerable<Measurement<long>> Held(Libp2pHost host) => host.Resources
        .Where(resource => resource.Kind is ResourceKind.Connections or ResourceKind.Handshakes or ResourceKind.QuicHandshakes or ResourceKind.InboundStreams)
        .GroupBy(resource => Word(resource.Kind))
        .Select(group => new Measurement<long>(group.Sum(resource => resource.Used), [new("what", group.Key)]));

    private static IEnumerable<Measurement<long>> Refused(Libp2pHost host) => host.Resources.GroupBy(resource => Word(resource.Kind))
        .Select(group => new Measurement<long>(group.Sum(resource => resource.Refused), [new("what", group.Key)]))
        .Append(new(host.GateRefusals, [new("what", "denied")]));

    private static string Word(ResourceKind kind) => kind switch
    {
        ResourceKind.Handshakes or ResourceKind.QuicHandshakes => "handshakes",
        ResourceKind.Connections or ResourceKind.InboundConnections => "connections",
        ResourceKind.InboundStreams or ResourceKind.ProtocolStreams => "streams",
        _ => "windows",
    };

    private static double LongestPing(Libp2pHost host) =>
        host.Peers.Where(peer => peer.State == PeerState.Alive).Select(peer => peer.RoundTrip?.TotalSeconds ?? 0).DefaultIfEmpty(0).Max();

    private static IEnumerable<Measurement<double>> Age(LogView log, TimeProvider time)
    {
        if (log.Age(time.GetUtcNow()) is { } age) yield return new(Math.Max(0, age.TotalSeconds));
    }
}
