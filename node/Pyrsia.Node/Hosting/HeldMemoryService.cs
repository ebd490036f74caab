namespace Pyrsia.Node.Hosting;

/// <summary>
/// Gives memory back now and then: what the C library holds, most of which comes in bursts, when the compiler looks again at what runs often; and what readers have left on the
/// heap, once they are gone. Without work nothing is collected, so it would be held for as long as nobody asks for anything.
/// </summary>
internal sealed class HeldMemoryService(TimeProvider time) : BackgroundService
{
    /// <summary>Bytes that may be allocated in an interval in which nothing is going on: one authority whose peers are all away takes an eighth of it to dial them.</summary>
    private const long QuietBytes = 8 * 1024 * 1024;

    /// <summary>Bytes that are worth a collection, which stops everything for about a tenth of a second where a million entries are known.</summary>
    private const long SpareBytes = 8 * 1024 * 1024;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new PeriodicTimer(Interval, time);
        try
        {
            var allocated = GC.GetTotalAllocatedBytes();
            while (await ticks.WaitForNextTickAsync(stoppingToken))
            {
                var before = allocated;
                allocated = GC.GetTotalAllocatedBytes();
                if (IsWorthIt(allocated - before, HeldMemory.Spare)) HeldMemory.GiveBackAll();
                else HeldMemory.GiveBackFreed();
            }
        }
        catch (OperationCanceledException)
        {
            // The program is stopping, or did not start.
        }
    }

    /// <summary>Whether the heap is looked through as a whole: never while there is work, which has it looked through anyway.</summary>
    internal static bool IsWorthIt(long allocated, long spare) => allocated <= QuietBytes && spare > SpareBytes;
}
