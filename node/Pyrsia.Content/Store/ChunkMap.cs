using Microsoft.Win32.SafeHandles;

namespace Pyrsia.Content.Store;

/// <summary>Which chunks of a partial file are there: one bit a chunk, in a file of its own. A hint only: every chunk it names is verified again when the file is opened anew.</summary>
internal sealed class ChunkMap : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly byte[] _bits;

    internal ChunkMap(string path, int count)
    {
        Count = count;
        _bits = new byte[(count + 7) / 8];
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        if (RandomAccess.GetLength(_file) == _bits.Length) RandomAccess.Read(_file, _bits, 0);
        else RandomAccess.SetLength(_file, _bits.Length);
        for (var i = 0; i < count; i++) if (this[i]) Present++;
    }

    internal int Count { get; }

    internal int Present { get; private set; }

    internal bool this[int index] => (_bits[index >> 3] & (1 << (index & 7))) != 0;

    internal void Set(int index, bool present)
    {
        if (this[index] == present) return;
        _bits[index >> 3] ^= (byte)(1 << (index & 7));
        Present += present ? 1 : -1;
        RandomAccess.Write(_file, _bits.AsSpan(index >> 3, 1), index >> 3);
    }

    public void Dispose() => _file.Dispose();
}
