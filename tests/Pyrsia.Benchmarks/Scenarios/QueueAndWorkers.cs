using System.Diagnostics;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing.Postgres;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>Three workers on one queue: how many builds a second that have nothing to do but fetch a small archive, and what a worker costs that has none.</summary>
internal static class QueueAndWorkers
{
    private const int Workers = 3;
    private const int WarmUp = 60;
    private const int Builds = 300;
    private const int Runs = 3;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Idling = TimeSpan.FromSeconds(30);

    internal static async Task<List<Measurement>> RunAsync()
    {
        await using var server = await PostgresServer.StartAsync(CancellationToken.None);
        await using var pool = await WorkerPool.StartAsync(server, CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(number => pool.StartWorkerAsync(number, CancellationToken.None)));
        await BuildAsync(pool, 0, WarmUp);
        var rates = new List<double>();
        for (var run = 0; run < Runs; run++)
        {
            var clock = Stopwatch.StartNew();
            await BuildAsync(pool, WarmUp + (run * Builds), Builds);
            rates.Add(Builds / clock.Elapsed.TotalSeconds);
        }
        await Task.Delay(Settling, TimeProvider.System); // connections and the compiler come to rest
        var (before, began) = (ProcessorTime(pool), Stopwatch.GetTimestamp());
        await Task.Delay(Idling, TimeProvider.System);
        var idle = (ProcessorTime(pool) - before) / Stopwatch.GetElapsedTime(began) / Workers * 100;
        return
        [
            new($"builds with nothing to do, {Workers} workers", "/s", Measurement.Median(rates)),
            new("an idle worker, its node included", "% of a core", idle),
        ];
    }

    private static async Task BuildAsync(WorkerPool pool, int first, int count)
    {
        var reports = await Task.WhenAll(Enumerable.Range(first, count).Select(number => pool.AskAsync(number, CancellationToken.None)));
        if (reports.FirstOrDefault(report => report.Plan is null) is { } failed) throw new InvalidOperationException($"{failed.Trouble}{failed.Failure?.Message}");
    }

    private static TimeSpan ProcessorTime(WorkerPool pool) => pool.Workers.Aggregate(TimeSpan.Zero, (sum, worker) =>
    {
        using var process = Process.GetProcessById(worker.Id);
        return sum + process.TotalProcessorTime;
    });
}
