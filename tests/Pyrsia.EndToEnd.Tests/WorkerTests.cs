using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing.Postgres;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>Three workers share a queue; machines and the database fail under them.</summary>
public sealed class WorkerTests
{
    private const int Jobs = 200;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_job_ends_exactly_once_though_a_worker_is_killed_twice_the_database_restarts_and_the_others_are_upgraded()
    {
        await using var server = await PostgresServer.StartAsync(Cancel);
        await using var pool = await WorkerPool.StartAsync(server, Cancel);
        await pool.SqlAsync(
            """
            create table endings (request bytea);
            create function note_ending() returns trigger language plpgsql security definer set search_path = pool as $$ begin insert into endings values (new.request); return new; end $$;
            create trigger note_ending after update on build_jobs for each row when (old.ended_at is null and new.ended_at is not null) execute function note_ending()
            """,
            Cancel);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(number => pool.StartWorkerAsync(number, Cancel)));

        Func<Task>[] happenings =
        [
            async () =>
            {
                await pool.KillWorkerAsync(0);
                await pool.StartWorkerAsync(0, Cancel);
            },
            async () =>
            {
                await server.StopAsync(Cancel);
                await server.StartAgainAsync(Cancel);
            },
            () => pool.KillWorkerAsync(0),
            async () =>
            {
                // An upgrade: one after the other leaves in order, with nothing left behind, and another takes its place.
                foreach (var number in new[] { 1, 2 })
                {
                    await pool.StopWorkerAsync(number);
                    const string held = "select count(*) from build_jobs j left join build_workers w on w.id = j.worker where j.lease is not null and j.ended_at is null and w.id is null";
                    Assert.Equal(0L, await pool.SqlAsync(held, Cancel));
                    await pool.StartWorkerAsync(number, Cancel);
                }
            },
        ];
        var next = 0;
        foreach (var happening in happenings)
        {
            // The source holds its answers back, so that all are at a job when it happens.
            var gate = new TaskCompletionSource();
            pool.Source.Gate = gate.Task;
            var asked = Enumerable.Range(next, Jobs / happenings.Length).Select(number => pool.AskAsync(number, Cancel)).ToArray();
            next += asked.Length;
            await AllAreAtAJobAsync(pool);
            await happening();
            gate.SetResult();
            var reports = await Task.WhenAll(asked).WaitAsync(Limit, Cancel);
            Assert.All(reports, report => Assert.True(report.Plan is not null, $"{report.Trouble}{report.Failure?.Message}"));
        }
        Assert.Equal($"{Jobs} of {Jobs}", await pool.SqlAsync("select count(*) || ' of ' || count(distinct request) from endings", Cancel));
    }

    private static Task AllAreAtAJobAsync(WorkerPool pool)
    {
        var living = pool.Workers.Where(worker => !worker.HasEnded).Select(worker => worker.Id).ToArray();
        var atWork = $"select count(*) from build_jobs j join build_workers w on w.id = j.worker where j.lease is not null and j.ended_at is null and w.process_id in ({string.Join(',', living)})";
        return Wait.UntilAsync(async () => (long)(await pool.SqlAsync(atWork, Cancel))! == living.Length, Limit, "a worker rests", Cancel);
    }
}
