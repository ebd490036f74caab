using Pyrsia.Consensus;
using Pyrsia.Keys;

namespace Pyrsia.Authority.Cluster;

/// <summary>Runs an engine an epoch, and the exchange of cosignatures, for the life of the process.</summary>
internal sealed partial class ConsensusService(EpochRun epochs, CheckpointPublisher publisher, IHostApplicationLifetime lifetime, ILogger<ConsensusService> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var publishing = publisher.RunAsync(stoppingToken);
        try
        {
            EpochEnd? before = null;
            while (true) before = await epochs.RunAsync(before, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
        catch (Exception e) when (e is ConsensusHaltedException or ConsensusDataException or KeyFileException or IOException)
        {
            // Nothing may be signed or served as final until people have looked.
            LogHalted(e.Message);
            lifetime.StopApplication();
        }
        await Task.WhenAny(publishing);
    }

    [LoggerMessage(130, LogLevel.Critical, "Consensus has stopped: {Reason}")]
    private partial void LogHalted(string reason);
}
