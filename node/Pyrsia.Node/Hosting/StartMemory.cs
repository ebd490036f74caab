using System.Runtime;
using System.Runtime.InteropServices;

namespace Pyrsia.Node.Hosting;

/// <summary>The memory that a start has used and the process does not need any more.</summary>
public static partial class StartMemory
{
    /// <summary>
    /// Gives it back to the system. Reading a long log leaves several times as much behind as is kept of it, and a process that has little to do afterwards would hold it for hours.
    /// </summary>
    public static void GiveBack()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            // What the compiler and OpenSSL have freed stays with the C library, which gives it back when it is asked.
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
