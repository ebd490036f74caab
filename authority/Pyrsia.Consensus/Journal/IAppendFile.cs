namespace Pyrsia.Consensus;

/// <summary>An append-only file, as far as a journal needs one; tests put failing ones in its place.</summary>
internal interface IAppendFile : IDisposable
{
    /// <summary>Appends at the end; not durable before <see cref="Sync"/>.</summary>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Returns when everything appended survives a loss of power.</summary>
    void Sync();
}
