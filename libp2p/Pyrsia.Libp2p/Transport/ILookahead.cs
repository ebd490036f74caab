using System.Buffers;

namespace Pyrsia.Libp2p;

/// <summary>Bytes that can be looked at before they are taken, so that a negotiation never reads into the protocol that follows it.</summary>
internal interface ILookahead
{
    /// <summary>Waits until more than <paramref name="moreThan"/> bytes are at hand and shows all of them.</summary>
    /// <exception cref="EndOfStreamException">The other side finished before.</exception>
    ValueTask<ReadOnlySequence<byte>> PeekAsync(int moreThan, CancellationToken cancellationToken);

    /// <summary>Takes the first bytes that were shown; to be called once after each <see cref="PeekAsync"/>, also with 0.</summary>
    void Consume(int count);

    /// <summary>Writes.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);
}
