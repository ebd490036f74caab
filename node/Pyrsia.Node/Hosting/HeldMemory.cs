using System.Runtime;
using System.Runtime.InteropServices;

namespace Pyrsia.Node.Hosting;

/// <summary>The memory that the process holds and does not need any more.</summary>
public static partial class HeldMemory
{
    /// <summary>Bytes that may be held beside what is in use and what is allocated between two collections. The collector keeps about half of it for itself in any case.</summary>
    private const long LeastSpare = 7 * 1024 * 1024;

    /// <summary>The part of what is in use that may be held beside it otherwise: to look through the heap takes as much longer as there is more in it.</summary>
    private const int PartOfUsed = 8;

    /// <summary>Bytes that may be held beside readers: after each look the collector keeps nothing for itself, so it takes less to be worth one.</summary>
    private const long LeastSpareOfReaders = 3 * 1024 * 1024;

    /// <summary>The part of what is in use that may be held beside readers otherwise, with heaps of more than a hundred megabytes.</summary>
    private const int PartOfUsedOfReaders = 32;

    /// <summary>Bytes that have outlived one collection and are worth a look, which takes a few milliseconds.</summary>
    private const long MuchOfMiddleAge = 2 * 1024 * 1024;

    /// <summary>
    /// Gives back to the system what a start has used. Reading a long log leaves several times as much behind as is kept of it, and a process that has little to do afterwards would hold it for hours.
    /// </summary>
    public static void GiveBackAll()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GiveBackFreed();
    }

    /// <summary>
    /// Looks through the heap as a whole when much more is held than was in use when that was done last, and else through what has outlived one collection. The runtime by itself
    /// waits until the heap has grown by half, which with a long log is more than everything else that comes and goes. So who reads much asks for this whenever he is done with
    /// a part of it: what he has read of it is garbage then, and does not grow old.
    /// </summary>
    public static void GiveBackSpare()
    {
        var full = GC.GetGCMemoryInfo(GCKind.FullBlocking);
        LookThrough(full.HeapSizeBytes - full.FragmentedBytes, LeastSpare, PartOfUsed, () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true));
    }

    /// <summary>
    /// Does the same beside those who are served, more strictly, and has all given back then: readers leave little, and a look comes every few seconds, where a start has more than ten in one.
    /// What was held after the last look counts as in use, so that nothing is looked for again and again which cannot be given back.
    /// </summary>
    public static void GiveBackSpareOfReaders() => LookThrough(GC.GetGCMemoryInfo(GCKind.FullBlocking).TotalCommittedBytes, LeastSpareOfReaders, PartOfUsedOfReaders, GiveBackAll);

    private static void LookThrough(long used, long least, int part, Action whole)
    {
        var last = GC.GetGCMemoryInfo(GCKind.Any);
        if (IsTooMuch(used, last.TotalCommittedBytes, last.GenerationInfo[0].SizeBeforeBytes, least, part)) whole();
        else if (last.GenerationInfo[1].SizeAfterBytes > MuchOfMiddleAge) GC.Collect(1, GCCollectionMode.Forced, blocking: true);
    }

    /// <summary>Whether so much more is held than is in use that looking through the heap as a whole is worth it.</summary>
    /// <param name="used">Bytes that were in use when that was done last.</param>
    /// <param name="held">Bytes that are held.</param>
    /// <param name="fresh">Bytes that are allocated from one collection to the next.</param>
    /// <param name="least">Bytes that may be held beside both in any case.</param>
    /// <param name="part">The part of what is in use that may be held beside it otherwise.</param>
    internal static bool IsTooMuch(long used, long held, long fresh, long least, int part) => held - used - fresh > Math.Max(least, used / part);

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
