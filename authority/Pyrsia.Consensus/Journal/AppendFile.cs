using Microsoft.Win32.SafeHandles;

namespace Pyrsia.Consensus;

/// <summary>A real append-only file.</summary>
internal sealed class AppendFile : IAppendFile
{
    private readonly SafeFileHandle _handle;
    private long _length;

    /// <param name="path">An existing file.</param>
    /// <param name="length">Where to append.</param>
    /// <param name="share">None where a second process must not open it.</param>
    public AppendFile(string path, long length, FileShare share)
    {
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, share);
        _length = length;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_handle, bytes, _length);
        _length += bytes.Length;
    }

    public void Sync() => RandomAccess.FlushToDisk(_handle);

    public void Dispose() => _handle.Dispose();
}
