using System.Runtime;

namespace Pyrsia.Node.Hosting;

/// <summary>The memory that a start has used and the process does not need any more.</summary>
public static class StartMemory
{
    /// <summary>
    /// Gives it back to the system. Reading a long log leaves several times as much behind as is kept of it, and a process that has little to do afterwards would hold it for hours.
    /// </summary>
    public static void GiveBack()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
