namespace Pyrsia.Authority.Storage.Postgres;

/// <summary>The rights of a worker's database user: the queue's tables, as far as work on a job takes them, and the version of the tables. Nothing of votes, journal, blocks or log.</summary>
internal static class WorkerRole
{
    /// <summary>The SQL that gives a user these rights and takes others from it.</summary>
    internal static string Script(string schema, string role)
    {
        var (s, r) = (Quote(schema), Quote(role));
        return $"""
            revoke all on all tables in schema {s} from {r};
            grant usage on schema {s} to {r};
            grant select on {s}."__EFMigrationsHistory", {s}.build_jobs to {r};
            grant update (worker, lease, lease_until, tries, ended_at, report) on {s}.build_jobs to {r};
            grant select, insert on {s}.build_job_logs to {r};
            grant select, insert, update, delete on {s}.build_workers to {r};
            """;
    }

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
