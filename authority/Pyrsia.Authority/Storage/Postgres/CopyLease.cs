using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Pyrsia.Authority.Storage.Postgres;

/// <summary>
/// Which running copy of an authority votes: the one that holds a lock of the database's session. The others follow, and say why. The lock only spares a second copy its
/// start; that no slot is used twice rests on the keys of the tables, which hold even when the lock was lost.
/// </summary>
internal sealed class CopyLease : IDisposable
{
    /// <summary>How often a copy says that it lives.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    /// <summary>Seconds that a statement of it may take: a database that is slower is told of as one that does not answer.</summary>
    private const int PatienceSeconds = 2;

    /// <summary>Seconds of silence after which a copy counts as gone: several intervals, since a busy database is slow to take them.</summary>
    private const double SilenceSeconds = 15;

    private readonly PostgresDatabase _database;
    private readonly Guid _id;
    private NpgsqlConnection? _session;
    private volatile string? _others;

    private CopyLease(PostgresDatabase database, Guid id) => (_database, _id) = (database, id);

    /// <summary>Why this copy does not vote; null when it holds the lock.</summary>
    internal string? Refusal { get; private set; }

    /// <summary>Which other copies live; null when there is none.</summary>
    internal string? Others => _others;

    /// <summary>Tries to become the copy that votes.</summary>
    /// <exception cref="StorageUnavailableException">The database does not answer.</exception>
    internal static CopyLease Take(PostgresDatabase database, Guid id)
    {
        var lease = new CopyLease(database, id);
        var held = lease.TryLock();
        lease.Say();
        if (!held) lease.Refusal = $"another running copy of this authority votes from {database.Place}{(lease.Others is { } others ? $": {others}" : "")}; end one of the two";
        return lease;
    }

    /// <summary>Takes the lock for a while in which nobody may vote, without saying anything in the database; null when a running copy holds it.</summary>
    internal static CopyLease? Hold(PostgresDatabase database)
    {
        var lease = new CopyLease(database, Guid.Empty);
        return lease.TryLock() ? lease : null;
    }

    /// <summary>Says that this copy lives, looks for others, and takes the lock again where it went with the connection.</summary>
    /// <exception cref="StorageUnavailableException">The database does not answer.</exception>
    internal void Beat()
    {
        if (Refusal is null) TryLock();
        Say();
    }

    public void Dispose()
    {
        _session?.Dispose();
        // A database that does not answer is not waited for: it will see by the silence.
        if (_id == Guid.Empty || _database.Trouble is not null) return;
        try
        {
            _database.Once(context => context.Copies.Where(c => c.Id == _id).ExecuteDelete());
        }
        catch (Exception e) when (PostgresDatabase.IsTransient(e))
        {
            // It will be seen as gone when it has been silent for long enough.
        }
    }

    private bool TryLock()
    {
        try
        {
            // A session that has the lock keeps it; it is only asked whether it is still there.
            var question = _session is null ? "select pg_try_advisory_lock(hashtextextended('pyrsia-authority ' || current_schema(), 0))" : "select true";
            _session ??= _database.Source.OpenConnection();
            using var command = new NpgsqlCommand(question, _session) { CommandTimeout = PatienceSeconds };
            if (command.ExecuteScalar() is true) return true;
        }
        catch (Exception e) when (PostgresDatabase.IsTransient(e))
        {
            // Without its session the lock is gone; the next beat tries again.
            _database.Doubt(e);
        }
        _session?.Dispose();
        _session = null;
        return false;
    }

    private void Say() => _database.Read(context =>
    {
        context.Database.SetCommandTimeout(PatienceSeconds);
        context.Database.ExecuteSql($"""
            insert into copies (id, host, process_id, started_at, seen_at) values ({_id}, {Environment.MachineName}, {Environment.ProcessId}, now(), now())
            on conflict (id) do update set seen_at = now()
            """);
        context.Database.ExecuteSql($"delete from copies where seen_at < now() - make_interval(secs => {SilenceSeconds})");
        var others = context.Copies.Where(c => c.Id != _id).OrderBy(c => c.StartedAt).ToList();
        _others = others.Count == 0 ? null : string.Join(", ", others.Select(c => $"process {c.ProcessId} on {c.Host}, since {c.StartedAt:u}"));
        return true;
    });
}
