using Pyrsia.Authority.Storage.Postgres;

namespace Pyrsia.Authority.Storage;

/// <summary>Says that this copy of the authority lives, tells when there is another, and lets a write that waits for the database go when the program stops.</summary>
internal sealed partial class CopyWatch(AuthorityDatabase database, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<CopyWatch> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var stopping = lifetime.ApplicationStopping.Register(database.Stop);
        using var beats = new PeriodicTimer(CopyLease.Interval, time);
        string? told = null;
        do
        {
            try
            {
                await Task.Run(database.Lease.Beat, stoppingToken);
            }
            catch (StorageUnavailableException e)
            {
                LogTrouble(e.Message);
            }
            if (database.Lease.Others is { } others && others != told) LogAnother(others);
            told = database.Lease.Others;
        }
        while (await beats.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(140, LogLevel.Warning, "{Trouble}")]
    private partial void LogTrouble(string trouble);

    [LoggerMessage(141, LogLevel.Warning, "Another copy of this authority runs: {Others}. Only the one that holds the database's lock votes.")]
    private partial void LogAnother(string others);
}
