using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Npgsql;
using Polly;
using Polly.Retry;

namespace Pyrsia.Authority.Storage.Postgres;

/// <summary>
/// The way to the tables of one authority. What is written is tried again until it succeeds or the program stops, since nothing may be said before it is durable; so every
/// write is one transaction that can be repeated. What is read is tried a few times, and then its reader is told.
/// </summary>
internal sealed class PostgresDatabase : IDisposable
{
    /// <summary>Tries of one reading, the first included: about two seconds with the waits between.</summary>
    private const int ReadAttempts = 5;

    /// <summary>Connections of one authority: consensus, the log, the watch over copies, and a few readers.</summary>
    private const int MaxConnections = 16;

    /// <summary>Statements that a connection keeps prepared: all that there are.</summary>
    private const int MaxPrepared = 64;

    /// <summary>How often a connection that only listens asks whether the server is still there.</summary>
    private const int KeepAliveSeconds = 15;

    /// <summary>Seconds within which a connection stands, where the connection string does not say. Who gives up a statement connects twice to say so, and waits as long for each.</summary>
    private const int ConnectSeconds = 4;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly PooledDbContextFactory<AuthorityContext> _contexts;
    private readonly string _session;
    private readonly ResiliencePipeline _writing;
    private readonly ResiliencePipeline _reading;
    private volatile string? _trouble;

    /// <param name="connectionString">Where the database is, as Npgsql writes it; the first schema of its search path is this authority's.</param>
    /// <param name="time">For the waits between tries.</param>
    /// <exception cref="ArgumentException">It is no connection string.</exception>
    internal PostgresDatabase(string connectionString, TimeProvider time)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxPoolSize = MaxConnections,
            MaxAutoPrepare = MaxPrepared,
            NoResetOnClose = true, // no session state is set but a lock, on a connection that nobody else gets
            ApplicationName = "pyrsia-authority",
        };
        if (!settings.ShouldSerialize(nameof(settings.Timeout))) settings.Timeout = ConnectSeconds;
        Schema = settings.SearchPath?.Split(',')[0].Trim() is { Length: > 0 } schema ? schema : "public";
        Place = $"PostgreSQL at {settings.Host}:{settings.Port}, database {settings.Database}, schema {Schema}";
        Source = NpgsqlDataSource.Create(settings);
        settings.Pooling = false;
        settings.KeepAlive = KeepAliveSeconds;
        _session = settings.ConnectionString;
        _contexts = new PooledDbContextFactory<AuthorityContext>(ContextOptions(Source));
        (_writing, _reading) = (Pipeline(int.MaxValue, time), Pipeline(ReadAttempts - 1, time));
    }

    /// <summary>Names the database in messages, without its password.</summary>
    internal string Place { get; }

    /// <summary>The schema of this authority.</summary>
    internal string Schema { get; }

    /// <summary>What keeps the last try from succeeding; null when it did succeed.</summary>
    internal string? Trouble => _trouble;

    /// <summary>Plain connections, for what an ORM has no words for.</summary>
    internal NpgsqlDataSource Source { get; }

    /// <summary>A connection of its own, not opened yet, for who listens.</summary>
    internal NpgsqlConnection NewSession() => new(_session);

    /// <summary>The options of a context on a database.</summary>
    internal static DbContextOptions<AuthorityContext> ContextOptions(NpgsqlDataSource source) =>
        new DbContextOptionsBuilder<AuthorityContext>().UseNpgsql(source).UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking).Options;

    /// <summary>Lets nobody wait any longer: the program stops.</summary>
    internal void Stop() => _stop.Cancel();

    /// <summary>Something has failed that is not tried again here.</summary>
    internal void Doubt(Exception cause) => _trouble = Unavailable(cause).Message;

    /// <summary>Does something once, in a context of its own.</summary>
    internal T Once<T>(Func<AuthorityContext, T> work)
    {
        using var context = _contexts.CreateDbContext();
        return work(context);
    }

    /// <summary>Reads.</summary>
    /// <exception cref="StorageUnavailableException">The database does not answer.</exception>
    internal T Read<T>(Func<AuthorityContext, T> read) => Tried(() => Once(read));

    /// <summary>Reads by statements of SQL, on a plain connection.</summary>
    /// <exception cref="StorageUnavailableException">The database does not answer.</exception>
    internal T ReadPlainly<T>(Func<NpgsqlConnection, T> read) => Tried(() =>
    {
        using var connection = Source.OpenConnection();
        return read(connection);
    });

    /// <summary>Reads what nothing can go on without, and waits for it as long as it takes.</summary>
    /// <exception cref="OperationCanceledException">The program stops.</exception>
    internal T Wait<T>(Func<AuthorityContext, T> read) => _writing.Execute(_ => Succeeded(Once(read)), _stop.Token);

    /// <summary>Does something that reads, again and again until the database has answered.</summary>
    /// <exception cref="OperationCanceledException">The program stops.</exception>
    internal T Patiently<T>(Func<T> read) => _writing.Execute(_ => read(), _stop.Token);

    /// <summary>Writes one transaction; it must bear being repeated when its outcome could not be learned.</summary>
    /// <exception cref="OperationCanceledException">The program stops.</exception>
    internal void Write(Action<AuthorityContext> write) => _writing.Execute(
        _ => Succeeded(Once(context =>
        {
            write(context);
            return true;
        })),
        _stop.Token);

    /// <summary>Whether a write failed because a row is there already.</summary>
    internal static bool IsTaken(DbUpdateException failure) => failure.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    /// <summary>Whether another try may succeed: the server or the way to it is at fault, not what was asked.</summary>
    internal static bool IsTransient(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
            if (cause is NpgsqlException { IsTransient: true } or PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown }) return true;
        return false;
    }

    /// <summary>What a reader is told.</summary>
    internal StorageUnavailableException Unavailable(Exception cause) => new($"{Place} does not answer: {cause.GetBaseException().Message}", cause);

    public void Dispose()
    {
        _stop.Cancel();
        Source.Dispose();
        _stop.Dispose();
    }

    private T Tried<T>(Func<T> read)
    {
        try
        {
            return _reading.Execute(_ => Succeeded(read()), _stop.Token);
        }
        catch (Exception e) when (IsTransient(e))
        {
            throw Unavailable(e);
        }
    }

    private T Succeeded<T>(T result)
    {
        _trouble = null;
        return result;
    }

    private ResiliencePipeline Pipeline(int retries, TimeProvider time) => new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(IsTransient),
            MaxRetryAttempts = retries,
            BackoffType = DelayBackoffType.Exponential,
            Delay = FirstWait,
            MaxDelay = LongestWait,
            OnRetry = tried =>
            {
                Doubt(tried.Outcome.Exception!);
                return default;
            },
        })
        .Build();
}
