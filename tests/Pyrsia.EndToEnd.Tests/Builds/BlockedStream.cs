namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>An input that is silent until something has happened, then ends.</summary>
public sealed class BlockedStream(Task happened) : MemoryStream
{
    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await happened.WaitAsync(cancellationToken);
        return 0;
    }
}
