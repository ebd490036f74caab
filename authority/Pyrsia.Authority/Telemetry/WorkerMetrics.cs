using System.Diagnostics.Metrics;
using Pyrsia.Authority.Workers;
using Pyrsia.Node.Telemetry;

namespace Pyrsia.Authority.Telemetry;

/// <summary>What a build worker measures of its jobs.</summary>
internal sealed class WorkerMetrics : INodeMeter
{
    private readonly Meter _meter = new(AuthorityMetrics.MeterName);

    public WorkerMetrics(BuildWorker worker)
    {
        _meter.CreateObservableGauge("pyrsia.worker.jobs.running", () => worker.Jobs, null, "Jobs that this worker is at.");
        _meter.CreateObservableCounter("pyrsia.worker.jobs.ended", () => worker.Ended.Select(pair => new Measurement<long>(pair.Value, [new("outcome", pair.Key)])), null, "Jobs that this worker is done with, by outcome.");
        _meter.CreateObservableGauge("pyrsia.worker.ready", () => worker.Trouble is null ? 1 : 0, null, "1 while this worker can take jobs.");
    }

    public void Dispose() => _meter.Dispose();
}
