using Npgsql;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Contracts;

namespace Pyrsia.Authority.Workers;

/// <summary>The worker's side of the queue. A lease names one taking of one job; what is done under it counts only while nobody else has taken the job. All times are the database's.</summary>
/// <param name="database">The authority's database, with a role that may use the queue's tables.</param>
/// <param name="worker">This run of this worker.</param>
/// <param name="leaseFor">How long a lease holds without a heartbeat.</param>
internal sealed class WorkerQueue(PostgresDatabase database, Guid worker, TimeSpan leaseFor)
{
    private readonly QueueChannels _channels = new(database.Schema);

    /// <summary>Names the database in messages.</summary>
    internal string Place => database.Place;

    /// <summary>Listens for jobs until it is ended.</summary>
    internal Task ListenAsync(Action wake, TimeProvider time, CancellationToken cancellationToken) => new QueueListener(database, time).RunAsync(_channels.Jobs, wake, cancellationToken);

    /// <summary>Says that this worker lives and what it can build in, and prolongs its leases.</summary>
    /// <returns>The leases that still hold; the job of another was removed or is somebody else's.</returns>
    internal async Task<IReadOnlySet<Guid>> BeatAsync(string peer, IReadOnlyCollection<Digest> images, IReadOnlyCollection<Guid> leases, CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await using (var say = new NpgsqlCommand(
            """
            insert into build_workers (id, peer, host, process_id, builder_images, seen_at) values ($1, $2, $3, $4, $5, now())
            on conflict (id) do update set seen_at = now(), builder_images = excluded.builder_images
            """, connection))
        {
            say.Parameters.Add(new() { Value = worker });
            say.Parameters.Add(new() { Value = peer });
            say.Parameters.Add(new() { Value = Environment.MachineName });
            say.Parameters.Add(new() { Value = Environment.ProcessId });
            say.Parameters.Add(new() { Value = Bytes(images) });
            await say.ExecuteNonQueryAsync(cancellationToken);
        }
        if (leases.Count == 0) return new HashSet<Guid>();
        await using var prolong = new NpgsqlCommand("update build_jobs set lease_until = now() + make_interval(secs => $1) where lease = any($2) and ended_at is null returning lease", connection);
        prolong.Parameters.Add(new() { Value = leaseFor.TotalSeconds });
        prolong.Parameters.Add(new() { Value = leases.ToArray() });
        await using var reader = await prolong.ExecuteReaderAsync(cancellationToken);
        var held = new HashSet<Guid>();
        while (await reader.ReadAsync(cancellationToken)) held.Add(reader.GetGuid(0));
        return held;
    }

    /// <summary>Takes the next job that can be built in one of the images; null when there is none. Two workers never get the same one.</summary>
    internal async Task<(Guid Lease, BuildJob Job)?> TakeAsync(IReadOnlyCollection<Digest> images, CancellationToken cancellationToken)
    {
        var lease = Guid.NewGuid();
        await using var command = database.Source.CreateCommand("""
            update build_jobs j set worker = $1, lease = $2, lease_until = now() + make_interval(secs => $3), tries = tries + 1
            from (select request, attempt, phase from build_jobs
                where ended_at is null and coalesce(lease_until < now(), true) and tries < $4 and builder_image = any($5)
                order by priority desc, position, phase limit 1 for update skip locked) next
            where j.request = next.request and j.attempt = next.attempt and j.phase = next.phase
            returning j.request, j.attempt, j.phase, j.position, j.priority, j.builder_image, j.request_leaf, j.plan_leaf, j.plan_payload
            """);
        command.Parameters.Add(new() { Value = worker });
        command.Parameters.Add(new() { Value = lease });
        command.Parameters.Add(new() { Value = leaseFor.TotalSeconds });
        command.Parameters.Add(new() { Value = BuildQueue.MaxTries });
        command.Parameters.Add(new() { Value = Bytes(images) });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return null;
        return (lease, new BuildJob(
            BuildQueue.KeyAt(reader), reader.GetInt64(3), reader.GetInt16(4) > 0, new Digest(reader.GetFieldValue<byte[]>(5)), reader.GetFieldValue<byte[]>(6),
            reader.IsDBNull(7) ? null : reader.GetFieldValue<byte[]>(7), reader.IsDBNull(8) ? null : reader.GetFieldValue<byte[]>(8)));
    }

    /// <summary>Adds a piece to the log that the authority shows while the job runs.</summary>
    internal async Task AppendLogAsync(Guid lease, int number, byte[] piece, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("""
            insert into build_job_logs (lease, number, request, attempt, phase, bytes) select lease, $2, request, attempt, phase, $3 from build_jobs where lease = $1 and ended_at is null on conflict do nothing
            """);
        command.Parameters.Add(new() { Value = lease });
        command.Parameters.Add(new() { Value = number });
        command.Parameters.Add(new() { Value = piece });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Ends a job. Repeated it changes nothing, as it does when the lease is lost.</summary>
    internal async Task EndAsync(Guid lease, byte[] report, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("""
            with ended as (update build_jobs set report = $2, ended_at = now() where lease = $1 and ended_at is null returning lease) select pg_notify($3, '') from ended
            """);
        command.Parameters.Add(new() { Value = lease });
        command.Parameters.Add(new() { Value = report });
        command.Parameters.Add(new() { Value = _channels.Reports });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Gives a job back that was not finished here; it does not count as tried.</summary>
    internal async Task GiveBackAsync(Guid lease, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("""
            with given as (update build_jobs set worker = null, lease = null, lease_until = null, tries = greatest(tries - 1, 0) where lease = $1 and ended_at is null returning request)
            select pg_notify($2, '') from given
            """);
        command.Parameters.Add(new() { Value = lease });
        command.Parameters.Add(new() { Value = _channels.Jobs });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Says that this worker goes.</summary>
    internal async Task LeaveAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("delete from build_workers where id = $1");
        command.Parameters.Add(new() { Value = worker });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static byte[][] Bytes(IEnumerable<Digest> digests) => [.. digests.Select(digest => digest.Bytes.ToArray())];
}
