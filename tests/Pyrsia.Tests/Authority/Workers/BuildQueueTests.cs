using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Authority.Workers;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Tests.Authority.Storage;
using Xunit;

namespace Pyrsia.Tests.Authority.Workers;

public sealed class BuildQueueTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly TimeSpan LongLease = TimeSpan.FromMinutes(5);

    /// <summary>A lease that has run out as soon as it is given.</summary>
    private static readonly TimeSpan NoLease = TimeSpan.FromSeconds(-1);

    private PostgresDatabase _database = null!;
    private BuildQueue _queue = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        _queue = new BuildQueue(_database);
    }

    public ValueTask DisposeAsync()
    {
        _database.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task However_often_a_job_is_put_in_it_is_there_once_and_a_phase_has_a_job_of_its_own()
    {
        await _queue.PutAsync([SomeJobs.Job(1), SomeJobs.Job(1)], Cancel);
        await _queue.PutAsync([SomeJobs.Job(1), SomeJobs.Job(1, phase: RequestPhase.Committing)], Cancel);
        Assert.Equal([SomeJobs.Key(1), SomeJobs.Key(1, RequestPhase.Committing)], (await _queue.ListAsync(Cancel)).Select(job => job.Key).Order(Comparer<JobKey>.Create((a, b) => a.Phase.CompareTo(b.Phase))));
    }

    [Fact]
    public async Task What_goes_first_is_taken_first_then_the_older_and_nothing_twice()
    {
        await _queue.PutAsync([SomeJobs.Job(3), SomeJobs.Job(2), SomeJobs.Job(9, goesFirst: true)], Cancel);
        var (one, other) = (Worker(LongLease), Worker(LongLease));
        Assert.Equal(SomeJobs.Key(9), (await TakeAsync(one))!.Value.Job.Key);
        Assert.Equal(SomeJobs.Key(2), (await TakeAsync(other))!.Value.Job.Key);
        Assert.Equal(SomeJobs.Key(3), (await TakeAsync(one))!.Value.Job.Key);
        Assert.Null(await TakeAsync(other));
    }

    [Fact]
    public async Task Workers_that_take_at_once_share_the_jobs_out_between_them()
    {
        const int jobs = 40;
        await _queue.PutAsync([.. Enumerable.Range(0, jobs).Select(n => SomeJobs.Job(n))], Cancel);
        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            var (worker, mine) = (Worker(LongLease), new List<JobKey>());
            while (await TakeAsync(worker) is { } job) mine.Add(job.Job.Key);
            return mine;
        }));
        Assert.Equal(jobs, taken.SelectMany(keys => keys).Distinct().Count());
        Assert.Equal(jobs, taken.Sum(keys => keys.Count));
    }

    [Fact]
    public async Task A_worker_gets_only_what_it_has_the_builder_image_for()
    {
        await _queue.PutAsync([SomeJobs.Job(1, image: Digest.Of("another"u8)), SomeJobs.Job(2)], Cancel);
        var worker = Worker(LongLease);
        Assert.Equal(SomeJobs.Key(2), (await TakeAsync(worker))!.Value.Job.Key);
        Assert.Null(await TakeAsync(worker));
        Assert.Null(await worker.TakeAsync([], Cancel));
    }

    [Fact]
    public async Task A_job_is_taken_with_what_was_put_in()
    {
        var job = SomeJobs.Job(1, goesFirst: true, phase: RequestPhase.Committing) with { PlanPayload = [5, 6] };
        await _queue.PutAsync([job], Cancel);
        var taken = (await TakeAsync(Worker(LongLease)))!.Value.Job;
        Assert.Equal((job.Key, job.Position, job.GoesFirst, job.BuilderImage), (taken.Key, taken.Position, taken.GoesFirst, taken.BuilderImage));
        Assert.Equal((job.Request, job.Plan, job.PlanPayload), (taken.Request, taken.Plan, taken.PlanPayload), (one, two) => one.Item1.SequenceEqual(two.Item1) && one.Item2!.SequenceEqual(two.Item2!) && one.Item3!.SequenceEqual(two.Item3!));
    }

    [Fact]
    public async Task The_job_of_a_silent_worker_goes_to_another_and_what_the_first_says_later_counts_no_more()
    {
        await _queue.PutAsync([SomeJobs.Job(1)], Cancel);
        var silent = Worker(NoLease);
        var (first, _) = (await TakeAsync(silent))!.Value;
        Assert.Equal(JobState.Waiting, Assert.Single(await _queue.ListAsync(Cancel)).State);

        var other = Worker(LongLease);
        var (second, _) = (await TakeAsync(other))!.Value;
        Assert.Empty(await silent.BeatAsync("p", [], [first], Cancel));
        await silent.EndAsync(first, [1], Cancel);
        await silent.GiveBackAsync(first, Cancel);
        Assert.Null(await _queue.ReadReportAsync(SomeJobs.Key(1), Cancel));
        Assert.Equal((JobState.Running, 2), Standing(Assert.Single(await _queue.ListAsync(Cancel))));

        await other.EndAsync(second, [2], Cancel);
        await other.EndAsync(second, [3], Cancel);
        Assert.Equal([2], await _queue.ReadReportAsync(SomeJobs.Key(1), Cancel));
        Assert.Null(await TakeAsync(Worker(LongLease)));
    }

    [Fact]
    public async Task A_heartbeat_keeps_a_lease_that_ran_out_while_nobody_else_took_the_job()
    {
        await _queue.PutAsync([SomeJobs.Job(1)], Cancel);
        var worker = Worker(NoLease);
        var (lease, _) = (await TakeAsync(worker))!.Value;
        Assert.Equal([lease], await worker.BeatAsync("p", [], [lease], Cancel));
        await worker.EndAsync(lease, [7], Cancel);
        Assert.Equal([7], await _queue.ReadReportAsync(SomeJobs.Key(1), Cancel));
    }

    [Fact]
    public async Task What_is_given_back_waits_again_and_does_not_count_as_tried()
    {
        await _queue.PutAsync([SomeJobs.Job(1)], Cancel);
        var worker = Worker(LongLease);
        await worker.GiveBackAsync((await TakeAsync(worker))!.Value.Lease, Cancel);
        Assert.Equal((JobState.Waiting, 0), Standing(Assert.Single(await _queue.ListAsync(Cancel))));
        Assert.NotNull(await TakeAsync(Worker(LongLease)));
    }

    [Fact]
    public async Task A_job_that_is_removed_stops_its_worker()
    {
        await _queue.PutAsync([SomeJobs.Job(1), SomeJobs.Job(2)], Cancel);
        var worker = Worker(LongLease);
        var (removed, _) = (await TakeAsync(worker))!.Value;
        var (kept, _) = (await TakeAsync(worker))!.Value;
        await worker.AppendLogAsync(removed, 0, [1], Cancel);
        await _queue.RemoveAsync([SomeJobs.Key(1)], Cancel);
        Assert.Equal([kept], await worker.BeatAsync("p", [], [removed, kept], Cancel));
        Assert.Empty(await _queue.TakeLogAsync(Cancel));
    }

    [Fact]
    public async Task A_job_that_no_worker_comes_back_from_ends_by_itself()
    {
        await _queue.PutAsync([SomeJobs.Job(1)], Cancel);
        for (var i = 0; i < BuildQueue.MaxTries; i++)
        {
            await _queue.EndHopelessAsync([9], Cancel);
            Assert.NotNull(await TakeAsync(Worker(NoLease)));
        }
        Assert.Null(await TakeAsync(Worker(NoLease)));
        await _queue.EndHopelessAsync([9], Cancel);
        Assert.Equal([9], await _queue.ReadReportAsync(SomeJobs.Key(1), Cancel));
    }

    [Fact]
    public async Task A_log_comes_out_once_and_in_order_and_an_endless_report_is_not_read()
    {
        await _queue.PutAsync([SomeJobs.Job(1)], Cancel);
        var worker = Worker(LongLease);
        var (lease, _) = (await TakeAsync(worker))!.Value;
        for (var i = 0; i < 3; i++) await worker.AppendLogAsync(lease, i, [(byte)i], Cancel);
        await worker.AppendLogAsync(lease, 2, [99], Cancel);
        await worker.AppendLogAsync(Guid.NewGuid(), 0, [98], Cancel);
        Assert.Equal([0, 1, 2], (await _queue.TakeLogAsync(Cancel)).SelectMany(piece => piece.Bytes));
        Assert.Empty(await _queue.TakeLogAsync(Cancel));

        await worker.EndAsync(lease, new byte[BuildQueue.MaxReportBytes + 1], Cancel);
        Assert.Empty((await _queue.ReadReportAsync(SomeJobs.Key(1), Cancel))!);
    }

    [Fact]
    public async Task Workers_are_known_while_they_live()
    {
        var (one, other) = (Worker(LongLease), Worker(LongLease));
        await one.BeatAsync("p", [SomeJobs.Image], [], Cancel);
        await other.BeatAsync("q", [SomeJobs.Image, Digest.Of("another"u8)], [], Cancel);
        var (count, images) = await _queue.WorkersAsync(Cancel);
        Assert.Equal((2, 2), (count, images.Count));
        await one.LeaveAsync(Cancel);
        await using (var late = _database.Source.CreateCommand("update build_workers set seen_at = seen_at - interval '1 hour'")) await late.ExecuteNonQueryAsync(Cancel);
        Assert.Equal(0, (await _queue.WorkersAsync(Cancel)).Count);
    }

    [Fact]
    public async Task Both_sides_hear_of_each_other_at_once_and_again_after_the_server_has_cut_them_off()
    {
        using var jobs = new SemaphoreSlim(0);
        using var reports = new SemaphoreSlim(0);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var worker = Worker(LongLease);
        Task[] listening = [worker.ListenAsync(() => jobs.Release(), TimeProvider.System, stop.Token), _queue.ListenAsync(() => reports.Release(), TimeProvider.System, stop.Token)];
        await jobs.WaitAsync(Cancel); // both are called when they are connected
        await reports.WaitAsync(Cancel);

        await _queue.PutAsync([SomeJobs.Job(1)], Cancel);
        await jobs.WaitAsync(Cancel);
        await worker.EndAsync((await TakeAsync(worker))!.Value.Lease, [1], Cancel);
        await reports.WaitAsync(Cancel);

        await using (var cut = _database.Source.CreateCommand("select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen pyrsia_%'")) await cut.ExecuteNonQueryAsync(Cancel);
        await jobs.WaitAsync(Cancel);
        await reports.WaitAsync(Cancel);
        await stop.CancelAsync();
        foreach (var task in listening) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
    }

    private static (JobState State, int Tries) Standing(JobStanding job) => (job.State, job.Tries);

    private WorkerQueue Worker(TimeSpan lease) => new(_database, Guid.NewGuid(), lease);

    private static Task<(Guid Lease, BuildJob Job)?> TakeAsync(WorkerQueue worker) => worker.TakeAsync([SomeJobs.Image], Cancel);
}
