namespace Pyrsia.Node.Hosting;

/// <summary>
/// Gives memory back now and then: what the C library holds, most of which comes in bursts, when the compiler looks again at what runs often; and what readers leave on the
/// heap of an authority, so that it does not grow by half while they read, and nothing of it is held once they are gone, when nothing is collected any more.
/// </summary>
internal sealed class HeldMemoryService(NodeIdentityRole role, TimeProvider time) : BackgroundService
{
    /// <summary>Bytes that may be allocated in an interval in which nothing is going on: one authority whose peers are all away takes an eighth of it to dial them.</summary>
    private const long QuietBytes = 8 * 1024 * 1024;

    /// <summary>Bytes that are worth a collection, which stops everything for about a tenth of a second where a million entries are known.</summary>
    private const long SpareBytes = 8 * 1024 * 1024;

    /// <summary>Bytes that are worth one when work has just ended: what is held then comes not again for a while, and the next quiet intervals have no reason to take it.</summary>
    private const long SpareBytesOfWork = 2 * 1024 * 1024;

    /// <summary>How often the heap is looked at while there is work: it grows by a megabyte or two in a second.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Intervals after which it counts as quiet.</summary>
    private const int QuietIntervals = 10;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new PeriodicTimer(Interval, time);
        try
        {
            var allocated = GC.GetTotalAllocatedBytes();
            var before = 0L;
            for (var tick = 1; await ticks.WaitForNextTickAsync(stoppingToken); tick++)
            {
                // A look stops everything for a moment. Only an authority reads so much into memory for its readers; a node sends them bytes of files.
                if (role.Role == NodeRole.Authority) HeldMemory.GiveBackSpareOfReaders();
                if (tick % QuietIntervals != 0) continue;
                var now = GC.GetTotalAllocatedBytes();
                if (IsWorthIt(allocated - before, now - allocated, HeldMemory.Spare)) HeldMemory.GiveBackAll();
                else HeldMemory.GiveBackFreed();
                (before, allocated) = (allocated, now);
            }
        }
        catch (OperationCanceledException)
        {
            // The program is stopping, or did not start.
        }
    }

    /// <summary>Whether the heap is looked through so that all is given back: never while there is work, which would take it again.</summary>
    /// <param name="before">Bytes that were allocated in the interval before.</param>
    /// <param name="allocated">Bytes that were allocated in this one.</param>
    /// <param name="spare">Bytes that are held and not in use.</param>
    internal static bool IsWorthIt(long before, long allocated, long spare) => allocated <= QuietBytes && spare > (before > QuietBytes ? SpareBytesOfWork : SpareBytes);
}
