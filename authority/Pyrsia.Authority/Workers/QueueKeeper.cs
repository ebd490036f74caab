using System.Collections.Concurrent;
using Npgsql;
using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Cluster;
using Pyrsia.Builds;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;

namespace Pyrsia.Authority.Workers;

/// <summary>
/// Keeps the queue what the log wants it to be: what the builder asks for is in it, what the log has decided goes out of it. A job outlives this process, so that a
/// restart finds the report that came meanwhile.
/// </summary>
internal sealed partial class QueueKeeper(BuildQueue queue, AuthorityLedger ledger, BuildLogs logs, TimeProvider time, ILogger<QueueKeeper> logger) : BackgroundService, IReadiness
{
    /// <summary>How often the queue is looked at while jobs are waited for: a running job's log comes no faster.</summary>
    private static readonly TimeSpan BusyInterval = TimeSpan.FromSeconds(1);

    /// <summary>How often it is looked at otherwise.</summary>
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(10);

    private static readonly byte[] Hopeless = new BuildReport(
        "", [], Failure: new ReportedFailure(FailureReason.Internal.ToWord(), $"{BuildQueue.MaxTries} workers took this build and none came back from it.")).ToBytes();

    private readonly ConcurrentDictionary<JobKey, Waiting> _waiting = new();
    private readonly WakeUp _wake = new();
    private volatile string? _trouble;
    private volatile IReadOnlyList<JobStanding> _jobs = [];
    private volatile IReadOnlyList<string> _images = [];

    /// <inheritdoc/>
    public string? Trouble => _trouble;

    /// <summary>The jobs, as they were when the queue was last looked at.</summary>
    internal IReadOnlyList<JobStanding> Jobs => _jobs;

    /// <summary>How many workers live.</summary>
    internal int Workers { get; private set; }

    /// <summary>The builder images of the workers that live.</summary>
    internal IReadOnlyList<string> Images => _images;

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    /// <summary>Has a job done, and shows its log meanwhile.</summary>
    /// <returns>The report, as the worker wrote it.</returns>
    internal async Task<byte[]> AskAsync(BuildJob job, CancellationToken cancellationToken)
    {
        using var waiting = new Waiting(job, logs);
        _waiting[job.Key] = waiting;
        _wake.Call();
        try
        {
            return await waiting.Report.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _waiting.TryRemove(job.Key, out _);
        }
    }

    /// <summary>Takes a job out whose report is of no use, so that it begins anew when it is asked for again.</summary>
    /// <exception cref="NpgsqlException">The database does not answer.</exception>
    internal Task TakeOutAsync(JobKey job, CancellationToken cancellationToken) => queue.RemoveAsync([job], cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var listening = queue.ListenAsync(_wake.Call, time, stoppingToken);
        ledger.Advanced += _wake.Call;
        try
        {
            while (true)
            {
                try
                {
                    await LookAsync(stoppingToken);
                    _trouble = null;
                }
                catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
                {
                    if (_trouble is null) LogTrouble(queue.Place, e.Message);
                    _trouble = $"the build queue does not answer: {queue.Place}: {e.Message}";
                }
                await _wake.WaitAsync(_waiting.IsEmpty ? IdleInterval : BusyInterval, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            ledger.Advanced -= _wake.Call;
        }
    }

    /// <summary>Whether the log has gone on without a job. A ledger that has not come to its request yet, as after a start, says nothing.</summary>
    internal static bool IsDecided(LedgerState ledger, JobStanding job) => job.Position < ledger.Size
        && (!ledger.Open.TryGetValue(job.Key.Request, out var open) || open.Attempt > job.Key.Attempt || (open.Attempt == job.Key.Attempt && open.Phase > job.Key.Phase));

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        _jobs = await queue.ListAsync(cancellationToken);
        await SettleAsync(_jobs, cancellationToken);
        var (count, images) = await queue.WorkersAsync(cancellationToken);
        (Workers, _images) = (count, [.. images.Select(image => image.ToString())]);
    }

    private async Task SettleAsync(IReadOnlyList<JobStanding> jobs, CancellationToken cancellationToken)
    {
        var there = jobs.ToDictionary(job => job.Key);
        var missing = _waiting.Where(w => !there.ContainsKey(w.Key)).Select(w => w.Value.Job).ToArray();
        if (missing.Length > 0) await queue.PutAsync(missing, cancellationToken);
        // A worker writes the last of the log before its report, so what is there now is all of it.
        if (jobs.Any(job => job.State == JobState.Running || (job.State == JobState.Ended && _waiting.ContainsKey(job.Key)))) ShowLogs(await queue.TakeLogAsync(cancellationToken));
        if (jobs.Any(job => job is { State: JobState.Waiting, Tries: >= BuildQueue.MaxTries })) await queue.EndHopelessAsync(Hopeless, cancellationToken);
        foreach (var job in jobs.Where(job => job.State == JobState.Ended))
        {
            if (!_waiting.TryGetValue(job.Key, out var waiting) || waiting.Report.Task.IsCompleted || await queue.ReadReportAsync(job.Key, cancellationToken) is not { } report) continue;
            waiting.Report.TrySetResult(report);
        }
        var state = ledger.Current;
        await queue.RemoveAsync([.. jobs.Where(job => IsDecided(state, job)).Select(job => job.Key)], cancellationToken);
    }

    private void ShowLogs(IReadOnlyList<JobLogPiece> pieces)
    {
        foreach (var piece in pieces)
            if (_waiting.TryGetValue(piece.Key, out var waiting)) waiting.Show(piece);
    }

    /// <summary>A job that the builder waits for, with the log that it shows.</summary>
    private sealed class Waiting(BuildJob job, BuildLogs logs) : IDisposable
    {
        private readonly Lock _gate = new();
        private Guid? _lease;
        private BuildLog? _log;
        private bool _ended;

        internal BuildJob Job => job;

        internal TaskCompletionSource<byte[]> Report { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Adds a piece; what another worker does after the first has gone begins a new log.</summary>
        internal void Show(JobLogPiece piece)
        {
            lock (_gate)
            {
                if (_ended) return;
                if (_lease != piece.Lease)
                {
                    _log?.Dispose();
                    (_lease, _log) = (piece.Lease, logs.Begin(job.Key.Request));
                }
                _log!.Write(piece.Bytes);
            }
        }

        public void Dispose()
        {
            lock (_gate)
            {
                _ended = true;
                _log?.Dispose();
                if (_log is not null) logs.End(job.Key.Request);
            }
        }
    }

    [LoggerMessage(150, LogLevel.Warning, "The build queue in {Place} does not answer: {Trouble}")]
    private partial void LogTrouble(string place, string trouble);
}
