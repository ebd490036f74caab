using System.Threading.Channels;

namespace Pyrsia.Libp2p;

/// <summary>Who listens at a number of a <see cref="MemoryNetwork"/>.</summary>
internal sealed class MemoryListener(MemoryNetwork network, ulong number) : IDisposable
{
    /// <summary>Connections that wait to be accepted, as for TCP; one beyond is refused.</summary>
    private const int Backlog = 512;

    private readonly Channel<MemoryChannel> waiting = Channel.CreateBounded<MemoryChannel>(Backlog);

    public ulong Number { get; } = number;

    public ChannelReader<MemoryChannel> Accepted => waiting.Reader;

    public bool TryOffer(MemoryChannel caller) => waiting.Writer.TryWrite(caller);

    public void Dispose()
    {
        network.Forget(this);
        waiting.Writer.TryComplete();
        while (waiting.Reader.TryRead(out var caller)) caller.Abort();
    }
}
