namespace Pyrsia.Node.Hosting;

/// <summary>Gives back now and then what the C library holds: most of it comes in bursts, when the compiler looks again at what runs often.</summary>
internal sealed class HeldMemoryService(TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new PeriodicTimer(Interval, time);
        try
        {
            while (await ticks.WaitForNextTickAsync(stoppingToken)) HeldMemory.GiveBackFreed();
        }
        catch (OperationCanceledException)
        {
            // The program is stopping, or did not start.
        }
    }
}
