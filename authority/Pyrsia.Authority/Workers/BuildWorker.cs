using System.Collections.Concurrent;
using Npgsql;
using Pyrsia.Authority.Builds;
using Pyrsia.Builds;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Libp2p;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Workers;

/// <summary>
/// Takes jobs, builds, and reports. It signs nothing: what it makes stays in this node's store, where the authority fetches it. When it is told to stop it takes no more and
/// gives back what it is at; when it is killed its leases run out.
/// </summary>
internal sealed partial class BuildWorker(
    WorkerQueue queue, ISourceBuilds builds, BuilderImageStore images, ContentStore store, BuildLogs logs, Libp2pHost host, GenesisDocument genesis, WorkerOptions options, TimeProvider time, ILogger<BuildWorker> logger)
    : BackgroundService, IReadiness
{
    /// <summary>How often the queue is looked at when nothing is announced: a lease that ran out announces nothing.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    /// <summary>How often a running build's log is passed on.</summary>
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long it takes at most, at the end, to give a job back.</summary>
    private static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(5);

    /// <summary>How often a machine that has no sandbox is tried again.</summary>
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, Running> _running = new();
    private readonly ConcurrentDictionary<string, long> _ended = new(StringComparer.Ordinal);
    private readonly WakeUp _wake = new();
    private volatile string? _trouble = "this worker has not looked at its queue yet";

    /// <inheritdoc/>
    public string? Trouble => _trouble;

    /// <summary>Jobs under way.</summary>
    internal int Jobs => _running.Count;

    /// <summary>Jobs that are over, by how they ended.</summary>
    internal IReadOnlyDictionary<string, long> Ended => _ended;

    /// <summary>A job under way, and what stops it.</summary>
    private sealed record Running(JobKey Key, CancellationTokenSource Stop)
    {
        internal Task Task { get; set; } = Task.CompletedTask;

        /// <summary>Whether the job was removed or is another's: nobody wants a word about it.</summary>
        internal bool IsLost { get; set; }
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!await ProbeAsync(stoppingToken)) await Task.Delay(ProbeInterval, time, stoppingToken);
            Task[] besides = [queue.ListenAsync(_wake.Call, time, stoppingToken), BeatAsync(stoppingToken)];
            try
            {
                while (true)
                {
                    await TryTakeAsync(stoppingToken);
                    await _wake.WaitAsync(LookInterval, stoppingToken);
                }
            }
            finally
            {
                foreach (var task in _running.Values.Select(running => running.Task).Concat(besides)) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await WithinLimitAsync(queue.LeaveAsync);
        }
    }

    private async Task<bool> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (builds.Offer is null) throw new IOException("there is no builder image here");
            await builds.ProbeAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is IOException or SandboxException)
        {
            _trouble = $"this worker can't build: {e.Message}";
            LogNoSandbox(e.Message);
            return false;
        }
    }

    private Digest[] Images() => [.. images.List().Select(image => image.Digest)];

    private async Task TryTakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (_running.Count < options.Jobs && await queue.TakeAsync(Images(), cancellationToken) is { } taken) Begin(taken.Lease, taken.Job, cancellationToken);
            _trouble = null;
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
        {
            Say(e);
        }
    }

    private void Begin(Guid lease, BuildJob job, CancellationToken cancellationToken)
    {
        var before = _running.Values.FirstOrDefault(running => running.Key == job.Key)?.Task ?? Task.CompletedTask;
        var running = new Running(job.Key, CancellationTokenSource.CreateLinkedTokenSource(cancellationToken));
        _running[lease] = running;
        running.Task = Task.Run(
            async () =>
            {
                try
                {
                    await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // a lease that was lost on the way may have left its folder behind
                    var outcome = await WorkAsync(lease, job, running);
                    _ended.AddOrUpdate(outcome, 1, (_, count) => count + 1);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    LogTrouble(e, job.Key.Request.ToString());
                }
                finally
                {
                    _running.TryRemove(lease, out _);
                    running.Stop.Dispose();
                    _wake.Call();
                }
            },
            CancellationToken.None);
    }

    /// <summary>Does a job to its end.</summary>
    /// <returns>How it ended.</returns>
    private async Task<string> WorkAsync(Guid lease, BuildJob job, Running running)
    {
        LogTaken(job.Key.Phase.ToString(), job.Key.Request.ToString());
        BuildReport report;
        using (var telling = CancellationTokenSource.CreateLinkedTokenSource(running.Stop.Token))
        {
            var told = TellAsync(lease, job.Key, telling.Token);
            try
            {
                report = await DoAsync(job, running.Stop.Token);
            }
            catch (OperationCanceledException) when (running.Stop.IsCancellationRequested)
            {
                if (running.IsLost) return "lost";
                await WithinLimitAsync(token => queue.GiveBackAsync(lease, token));
                return "given_back";
            }
            finally
            {
                await telling.CancelAsync();
                await told.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        await EndAsync(lease, report, running);
        return report switch { { Trouble: not null } => "trouble", { Failure: not null } => "failed", _ => "done" };
    }

    private async Task<BuildReport> DoAsync(BuildJob job, CancellationToken cancellationToken)
    {
        var report = new BuildReport(host.Id.ToString(), [.. host.ListenAddresses.Select(address => address.ToString())]);
        try
        {
            var request = job.Open(genesis.ChainId);
            if (job.Key.Phase == RequestPhase.Planning) return report with { Plan = ReportedPlan.Of(await builds.PlanAsync(request, cancellationToken)) };
            var began = time.GetUtcNow();
            var built = (SourceBuildStatement)await builds.BuildAsync(
                request, () => new BuildRun(genesis.ChainId, request.Id, request.Attempt, genesis.Origin, "worker", "0", began, time.GetUtcNow()), cancellationToken);
            return report with
            {
                Log = Kept(built.Log),
                Build = new ReportedBuild(built.Sandbox, built.Platform, Kept(built.Packages), [.. built.Outputs.Select(output => Kept(output.Digest, output.Name))]),
            };
        }
        catch (BuildFailureException e)
        {
            return report with { Log = e.Log is { } log ? Kept(log) : null, Failure = ReportedFailure.Of(e) };
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogTrouble(e, job.Key.Request.ToString());
            return report with { Trouble = e.Message };
        }
    }

    private ReportedContent Kept(Digest digest, string name = "") => ReportedContent.Of(store.Describe(digest) ?? throw new ContentStoreException(ContentFault.Corrupt, $"{digest} was just stored and has gone."), name);

    /// <summary>Passes a build's log on while it grows, and at last what is left of it. It is for watching: what can't be passed on is not waited for.</summary>
    private async Task TellAsync(Guid lease, JobKey job, CancellationToken cancellationToken)
    {
        var (offset, number) = (0L, 0);
        using var ticks = new PeriodicTimer(LogInterval, time);
        try
        {
            while (await ticks.WaitForNextTickAsync(cancellationToken)) await PassOnAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await WithinLimitAsync(PassOnAsync);
        }

        async Task PassOnAsync(CancellationToken token)
        {
            try
            {
                while (logs.Read(job.Request, "", offset) is { Bytes.Length: > 0 } piece)
                {
                    await queue.AppendLogAsync(lease, number, piece.Bytes, token);
                    (offset, number) = (piece.Offset + piece.Bytes.Length, number + 1);
                }
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                Say(e);
            }
        }
    }

    /// <summary>Hands the report in, however long the database is away; what took minutes is not thrown away for that.</summary>
    private async Task EndAsync(Guid lease, BuildReport report, Running running)
    {
        var bytes = report.ToBytes();
        while (!running.IsLost)
        {
            try
            {
                using var limit = new CancellationTokenSource(FarewellLimit, time);
                await queue.EndAsync(lease, bytes, limit.Token);
                return;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException or OperationCanceledException)
            {
                Say(e);
                if (running.Stop.IsCancellationRequested) return; // the lease runs out by itself
                await Task.Delay(RetryAfter, time, running.Stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Says that this worker lives, and stops what is its own no longer.</summary>
    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        using var beats = new PeriodicTimer(options.Lease / 4, time);
        do
        {
            try
            {
                Guid[] leases = [.. _running.Keys];
                var held = await queue.BeatAsync(host.Id.ToString(), Images(), leases, cancellationToken);
                foreach (var lease in leases.Where(lease => !held.Contains(lease))) await LoseAsync(lease);
                _trouble = null;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                Say(e);
            }
        }
        while (await beats.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>A job that has just ended has no lease either; nothing is left to stop then.</summary>
    private async Task LoseAsync(Guid lease)
    {
        if (!_running.TryGetValue(lease, out var running)) return;
        running.IsLost = true;
        try
        {
            await running.Stop.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It ended meanwhile.
        }
    }

    private async Task WithinLimitAsync(Func<CancellationToken, Task> work)
    {
        using var limit = new CancellationTokenSource(FarewellLimit, time);
        try
        {
            await work(limit.Token);
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException or OperationCanceledException)
        {
            Say(e);
        }
    }

    private void Say(Exception trouble)
    {
        if (_trouble is null) LogQueue(queue.Place, trouble.Message);
        _trouble = $"the build queue does not answer: {queue.Place}: {trouble.Message}";
    }

    [LoggerMessage(160, LogLevel.Information, "Took a job: {Phase} of {Request}.")]
    private partial void LogTaken(string phase, string request);

    [LoggerMessage(161, LogLevel.Warning, "The job of {Request} could not be done here.")]
    private partial void LogTrouble(Exception trouble, string request);

    [LoggerMessage(162, LogLevel.Warning, "The build queue in {Place} does not answer: {Trouble}")]
    private partial void LogQueue(string place, string trouble);

    [LoggerMessage(163, LogLevel.Warning, "This worker takes no jobs: {Trouble}")]
    private partial void LogNoSandbox(string trouble);
}
