using Npgsql;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;

namespace Pyrsia.Authority.Workers;

/// <summary>The authority's side of the queue: puts jobs in, takes reports out, and removes what it needs no longer. All times are the database's.</summary>
internal sealed class BuildQueue(PostgresDatabase database)
{
    /// <summary>Longest report in bytes; what a worker leaves beyond that is not read.</summary>
    internal const int MaxReportBytes = EntryLimits.MaxPayloadBytes;

    /// <summary>How often a job is given out to workers that do not come back from it, before it is taken as the job's fault.</summary>
    internal const int MaxTries = 5;

    /// <summary>Silence after which a worker counts as gone.</summary>
    internal static readonly TimeSpan WorkerSilence = TimeSpan.FromSeconds(30);

    /// <summary>Pieces of running jobs' logs that one look takes: 12 MiB.</summary>
    private const int MaxPieces = 256;

    private readonly QueueChannels _channels = new(database.Schema);

    /// <summary>Names the database in messages.</summary>
    internal string Place => database.Place;

    /// <summary>Listens for reports until it is ended.</summary>
    internal Task ListenAsync(Action wake, TimeProvider time, CancellationToken cancellationToken) => new QueueListener(database, time).RunAsync(_channels.Reports, wake, cancellationToken);

    /// <summary>Puts jobs in; those that are there already stay as they are.</summary>
    internal async Task PutAsync(IReadOnlyCollection<BuildJob> jobs, CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var job in jobs)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("""
                insert into build_jobs (request, attempt, phase, position, priority, builder_image, request_leaf, plan_leaf, plan_payload, queued_at, tries)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now(), 0) on conflict do nothing
                """)
            {
                Parameters =
                {
                    new() { Value = job.Key.Request.Value.Bytes.ToArray() }, new() { Value = job.Key.Attempt }, new() { Value = (short)job.Key.Phase }, new() { Value = job.Position },
                    new() { Value = (short)(job.GoesFirst ? 1 : 0) }, new() { Value = job.BuilderImage.Bytes.ToArray() }, new() { Value = job.Request }, Bytes(job.Plan), Bytes(job.PlanPayload),
                },
            });
        }
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select pg_notify($1, '')") { Parameters = { new() { Value = _channels.Jobs } } });
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>All jobs.</summary>
    internal async Task<IReadOnlyList<JobStanding>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("""
            select request, attempt, phase, position, case when ended_at is not null then 2 when lease_until >= now() then 1 else 0 end, tries, extract(epoch from now() - queued_at)::float8 from build_jobs
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var jobs = new List<JobStanding>();
        while (await reader.ReadAsync(cancellationToken))
            jobs.Add(new JobStanding(KeyAt(reader), reader.GetInt64(3), (JobState)reader.GetInt32(4), reader.GetInt32(5), TimeSpan.FromSeconds(reader.GetDouble(6))));
        return jobs;
    }

    /// <summary>The report of a job; null when it has none, empty when it is longer than a report may be.</summary>
    internal async Task<byte[]?> ReadReportAsync(JobKey job, CancellationToken cancellationToken)
    {
        await using var command = Of(job, "select case when octet_length(report) <= $4 then report else ''::bytea end from build_jobs where request = $1 and attempt = $2 and phase = $3 and ended_at is not null");
        command.Parameters.Add(new() { Value = MaxReportBytes });
        return await command.ExecuteScalarAsync(cancellationToken) as byte[];
    }

    /// <summary>Removes jobs, in whatever state; a worker that is at one of them learns it with its next heartbeat.</summary>
    internal async Task RemoveAsync(IReadOnlyCollection<JobKey> jobs, CancellationToken cancellationToken)
    {
        foreach (var job in jobs)
        {
            await using var command = Of(job, "delete from build_jobs where request = $1 and attempt = $2 and phase = $3");
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Ends jobs whose workers never came back from them.</summary>
    internal async Task EndHopelessAsync(byte[] report, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("update build_jobs set report = $1, ended_at = now(), lease = null where ended_at is null and tries >= $2 and coalesce(lease_until < now(), true)");
        command.Parameters.Add(new() { Value = report });
        command.Parameters.Add(new() { Value = MaxTries });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Takes out what running jobs have written since, in its order.</summary>
    internal async Task<IReadOnlyList<JobLogPiece>> TakeLogAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("""
            with taken as (delete from build_job_logs where (lease, number) in (select lease, number from build_job_logs order by number limit $1) returning request, attempt, phase, lease, number, bytes)
            select * from taken order by lease, number
            """);
        command.Parameters.Add(new() { Value = MaxPieces });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var pieces = new List<JobLogPiece>();
        while (await reader.ReadAsync(cancellationToken)) pieces.Add(new JobLogPiece(KeyAt(reader), reader.GetGuid(3), reader.GetFieldValue<byte[]>(5)));
        return pieces;
    }

    /// <summary>How many workers live, and which builder images they have.</summary>
    internal async Task<(int Count, IReadOnlyList<Digest> Images)> WorkersAsync(CancellationToken cancellationToken)
    {
        await using (var forget = database.Source.CreateCommand("delete from build_workers where seen_at < now() - make_interval(secs => $1)"))
        {
            forget.Parameters.Add(new() { Value = WorkerSilence.TotalSeconds });
            await forget.ExecuteNonQueryAsync(cancellationToken);
        }
        await using var command = database.Source.CreateCommand("select builder_images from build_workers");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (count, images) = (0, new SortedSet<Digest>());
        while (await reader.ReadAsync(cancellationToken))
        {
            count++;
            foreach (var image in reader.GetFieldValue<byte[][]>(0))
                if (image.Length == Digest.Length) images.Add(new Digest(image));
        }
        return (count, [.. images]);
    }

    private NpgsqlCommand Of(JobKey job, string sql)
    {
        var command = database.Source.CreateCommand(sql);
        command.Parameters.Add(new() { Value = job.Request.Value.Bytes.ToArray() });
        command.Parameters.Add(new() { Value = job.Attempt });
        command.Parameters.Add(new() { Value = (short)job.Phase });
        return command;
    }

    private static NpgsqlParameter Bytes(byte[]? bytes) => new() { Value = bytes ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bytea };

    internal static JobKey KeyAt(NpgsqlDataReader reader) => new(new RequestId(new Digest(reader.GetFieldValue<byte[]>(0))), reader.GetInt32(1), (RequestPhase)reader.GetInt16(2));
}

/// <summary>A piece of a running job's log.</summary>
internal sealed record JobLogPiece(JobKey Key, Guid Lease, byte[] Bytes);
