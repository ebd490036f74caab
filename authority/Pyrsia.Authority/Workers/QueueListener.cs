using Npgsql;
using Pyrsia.Authority.Storage.Postgres;

namespace Pyrsia.Authority.Workers;

/// <summary>Hears what the database announces. Nothing rests on it but speed: who listens also looks by itself from time to time.</summary>
internal sealed class QueueListener(PostgresDatabase database, TimeProvider time)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>Listens until it is ended, over as many connections as it takes.</summary>
    /// <param name="channel">What to listen to.</param>
    /// <param name="wake">Called at each announcement, and after each connecting for what was missed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task RunAsync(string channel, Action wake, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var session = database.NewSession();
                await session.OpenAsync(cancellationToken);
                session.Notification += (_, _) => wake();
                await using (var listen = new NpgsqlCommand($"listen {channel}", session)) await listen.ExecuteNonQueryAsync(cancellationToken);
                wake();
                while (true) await session.WaitAsync(cancellationToken);
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                await Task.Delay(RetryAfter, time, cancellationToken);
            }
        }
    }
}
