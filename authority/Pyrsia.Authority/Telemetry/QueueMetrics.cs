using System.Diagnostics.Metrics;
using Pyrsia.Authority.Workers;
using Pyrsia.Node.Telemetry;

namespace Pyrsia.Authority.Telemetry;

/// <summary>What an authority measures of its build queue, as it was when it last looked.</summary>
internal sealed class QueueMetrics : INodeMeter
{
    private readonly Meter _meter = new(AuthorityMetrics.MeterName);

    public QueueMetrics(QueueKeeper keeper)
    {
        _meter.CreateObservableGauge("pyrsia.queue.jobs", () => ByState(keeper.Jobs), null, "Jobs in the build queue, by state.");
        _meter.CreateObservableGauge("pyrsia.queue.oldest", () => keeper.Jobs.Where(job => job.State == JobState.Waiting).Select(job => job.Age.TotalSeconds).DefaultIfEmpty().Max(), "s", "Age of the oldest job that waits for a worker.");
        _meter.CreateObservableGauge("pyrsia.queue.retries", () => keeper.Jobs.Sum(job => Math.Max(0, job.Tries - 1)), null, "Leases that ran out, of the jobs in the queue.");
        _meter.CreateObservableGauge("pyrsia.queue.workers", () => keeper.Workers, null, "Workers that live.");
        _meter.CreateObservableGauge("pyrsia.queue.available", () => keeper.Trouble is null ? 1 : 0, null, "1 while the queue's database answers.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<int>> ByState(IReadOnlyList<JobStanding> jobs) =>
        Enum.GetValues<JobState>().Select(state => new Measurement<int>(jobs.Count(job => job.State == state), [new("state", state.ToString().ToLowerInvariant())]));
}
