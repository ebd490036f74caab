using Pyrsia.Builds;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Authority.Builds;

/// <summary>The logs of this authority's builds, one file a request. They can be read while they grow; the oldest go when there are many.</summary>
internal sealed class BuildLogs(string folder)
{
    /// <summary>Logs kept; with the limit of one log, at most a few gigabytes.</summary>
    private const int MaxKept = 256;

    private readonly HashSet<RequestId> _growing = [];

    /// <summary>Begins the log of a request anew.</summary>
    internal BuildLog Begin(RequestId request)
    {
        DurableFile.CreateDirectory(folder);
        foreach (var old in new DirectoryInfo(folder).GetFiles("*.log").OrderByDescending(f => f.LastWriteTimeUtc).Skip(MaxKept)) old.Delete();
        lock (_growing) _growing.Add(request);
        return new BuildLog(PathOf(request));
    }

    /// <summary>Says that a log will not grow any more.</summary>
    internal void End(RequestId request)
    {
        lock (_growing) _growing.Remove(request);
    }

    /// <summary>A piece of a log; null when there is no such log.</summary>
    internal BuildLogPiece? Read(RequestId request, string authority, long offset)
    {
        bool grows;
        lock (_growing) grows = _growing.Contains(request); // asked before the file is read: what is written after its end is not lost
        try
        {
            using var file = new FileStream(PathOf(request), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            offset = Math.Min(offset, file.Length);
            file.Position = offset;
            var bytes = new byte[Math.Min(BuildLogPiece.MaxBytes, file.Length - offset)];
            file.ReadExactly(bytes);
            return new BuildLogPiece(authority, offset, bytes, !grows && offset + bytes.Length == file.Length);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private string PathOf(RequestId request) => Path.Combine(folder, $"{request}.log");
}
