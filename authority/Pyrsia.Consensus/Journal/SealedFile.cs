namespace Pyrsia.Consensus;

/// <summary>Stands where a file was opened for reading alone.</summary>
internal sealed class SealedFile : IAppendFile
{
    public void Append(ReadOnlySpan<byte> bytes) => throw new InvalidOperationException("It was opened for reading.");

    public void Sync() => throw new InvalidOperationException("It was opened for reading.");

    public void Dispose()
    {
        // Nothing is held.
    }
}
