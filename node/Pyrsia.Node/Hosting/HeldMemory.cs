using System.Runtime;
using System.Runtime.InteropServices;

namespace Pyrsia.Node.Hosting;

/// <summary>The memory that the process holds and does not need any more.</summary>
public static partial class HeldMemory
{
    /// <summary>
    /// Gives back to the system what a start has used. Reading a long log leaves several times as much behind as is kept of it, and a process that has little to do afterwards would hold it for hours.
    /// </summary>
    public static void GiveBackAll()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GiveBackFreed();
    }

    /// <summary>Bytes of the heap that are held and were not in use when it was looked through as a whole last.</summary>
    internal static long Spare
    {
        get
        {
            var full = GC.GetGCMemoryInfo(GCKind.FullBlocking);
            return GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes - (full.HeapSizeBytes - full.FragmentedBytes);
        }
    }

    /// <summary>Gives back to the system what the compiler and OpenSSL have freed: it stays with the C library, which gives it back when it is asked. Takes a millisecond or two.</summary>
    public static void GiveBackFreed()
    {
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Not every C library can.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint keep);
}
