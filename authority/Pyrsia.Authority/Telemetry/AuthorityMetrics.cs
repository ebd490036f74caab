using System.Diagnostics.Metrics;
using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Storage;
using Pyrsia.Consensus;
using Pyrsia.Node.Hosting;
using Pyrsia.Node.Telemetry;
using Pyrsia.Provenance.Ledger;

namespace Pyrsia.Authority.Telemetry;

/// <summary>What an authority measures of consensus, of open requests and of its storage. Everything is read when somebody asks.</summary>
internal sealed class AuthorityMetrics : INodeMeter
{
    /// <summary>Name of the meter.</summary>
    internal const string MeterName = "Pyrsia.Authority";

    private readonly Meter _meter = new(MeterName);

    public AuthorityMetrics(EnginePort port, AuthorityLedger ledger, IQuorumSense quorum, AuthorityDatabase? database)
    {
        _meter.CreateObservableGauge("pyrsia.consensus.height", () => Of(port, status => (long)status.FinalizedHeight), null, "Height of the newest final block.");
        _meter.CreateObservableGauge("pyrsia.consensus.view", () => Of(port, status => (long)status.View.Number), null, "The current view.");
        _meter.CreateObservableGauge("pyrsia.consensus.pending", () => Of(port, status => (long)status.PendingEntries), null, "Entries that wait for a block.");
        _meter.CreateObservableGauge("pyrsia.consensus.voting", () => Of(port, status => status.IsVoting ? 1L : 0), null, "1 while this authority votes.");
        _meter.CreateObservableGauge("pyrsia.consensus.quorum", () => quorum.HasQuorum ? 1 : 0, null, "1 while a quorum of authorities answers.");
        _meter.CreateObservableGauge("pyrsia.requests.open", () => Open(ledger.Current), null, "Build requests without a verdict, by phase.");
        if (database is not null) _meter.CreateObservableGauge("pyrsia.storage.available", () => database.Trouble is null ? 1 : 0, null, "1 while the database answers.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Of(EnginePort port, Func<ConsensusStatus, long> value)
    {
        if (port.Engine is { } engine) yield return new(value(engine.Status));
    }

    private static IEnumerable<Measurement<int>> Open(LedgerState ledger) => Enum.GetValues<RequestPhase>().Select(phase =>
        new Measurement<int>(ledger.Open.Values.Count(request => request.Phase == phase), [new("phase", phase.ToString().ToLowerInvariant())]));
}
