using Pyrsia.Libp2p;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Both ends of a raw connection in memory, for what runs on one.</summary>
internal static class MemoryPair
{
    public static (MemoryChannel Near, MemoryChannel Far) Open(MemoryNetwork? network = null) => MemoryChannel.Pair((network ?? new MemoryNetwork(TimeProvider.System)).Link(1, 2), 1, 2);
}
