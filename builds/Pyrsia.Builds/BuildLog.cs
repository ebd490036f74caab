using System.Security.Cryptography;
using System.Text;
using Pyrsia.Contracts;

namespace Pyrsia.Builds;

/// <summary>The log of one build: a file that grows while the build runs, can be read meanwhile, and never gets longer than its limit.</summary>
public sealed class BuildLog : IDisposable
{
    /// <summary>Longest log in bytes. What comes after is dropped, and said to be.</summary>
    public const int MaxBytes = 10 * 1024 * 1024;

    private static readonly byte[] Cut = "\n[the log goes on, and is not kept]\n"u8.ToArray();

    private readonly FileStream _file;
    private readonly Lock _gate = new();
    private bool _full;

    /// <summary>Begins a log.</summary>
    public BuildLog(string path)
    {
        Path = path;
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
    }

    /// <summary>Where it stands.</summary>
    public string Path { get; }

    /// <summary>Adds bytes as they come from a sandbox.</summary>
    public void Write(ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            if (_full) return;
            var room = MaxBytes - Cut.Length - _file.Length;
            _full = bytes.Length > room;
            _file.Write(bytes.Span[..(int)Math.Min(room, bytes.Length)]);
            if (_full) _file.Write(Cut);
            _file.Flush();
        }
    }

    /// <summary>Adds a line that the builder itself says.</summary>
    public void Say(string line) => Write(Encoding.UTF8.GetBytes($"[pyrsia] {line}\n"));

    /// <summary>The digest of what was written so far.</summary>
    public Digest Digest()
    {
        lock (_gate)
        {
            using var content = File.OpenRead(Path);
            return new Digest(SHA256.HashData(content));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
