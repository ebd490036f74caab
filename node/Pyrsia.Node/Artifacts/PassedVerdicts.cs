namespace Pyrsia.Node.Artifacts;

/// <summary>Log indices of verdicts whose proofs have held here, as a bit for each entry around them: one in eight entries is a verdict, and a set of numbers would take thirty bytes for each. Any thread may ask.</summary>
internal sealed class PassedVerdicts
{
    /// <summary>Entries of a page, which takes 2 KiB and is there once one of them has passed.</summary>
    private const int PageEntries = 16 * 1024;

    private const int WordBits = 64;

    private readonly Dictionary<long, ulong[]> _pages = [];
    private readonly Lock _gate = new();

    /// <summary>Whether the verdict at an index has passed.</summary>
    internal bool Contains(long index)
    {
        lock (_gate) return _pages.TryGetValue(index / PageEntries, out var page) && (page[Word(index)] & Bit(index)) != 0;
    }

    /// <summary>The verdict at an index has passed.</summary>
    internal void Add(long index)
    {
        lock (_gate)
        {
            if (!_pages.TryGetValue(index / PageEntries, out var page)) _pages[index / PageEntries] = page = new ulong[PageEntries / WordBits];
            page[Word(index)] |= Bit(index);
        }
    }

    private static int Word(long index) => (int)(index % PageEntries / WordBits);

    private static ulong Bit(long index) => 1UL << (int)(index % WordBits);
}
