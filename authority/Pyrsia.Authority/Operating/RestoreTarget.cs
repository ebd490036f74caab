using Pyrsia.Authority.Storage;
using Pyrsia.Consensus;
using Pyrsia.Contracts;
using Pyrsia.Node.Hosting;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Operating;

/// <summary>Where a backup is unpacked: beside the place where it is to stand, which gets it as a whole or not at all.</summary>
internal sealed class RestoreTarget : IDisposable
{
    private const string Suffix = ".restoring";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly string _temporary;
    private readonly DataDirectory _directory;
    private readonly RestoredSchema? _schema;

    /// <summary>Makes room beside a data directory, and in a schema beside that of a database.</summary>
    /// <exception cref="StartupException">There is something already where the backup is to stand.</exception>
    internal RestoreTarget(string path, StorageOptions storage, NetworkFile network, string name, TimeProvider time)
    {
        path = System.IO.Path.TrimEndingDirectorySeparator(path);
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
            throw new StartupException($"{path} is not empty, and a restore replaces nothing.", "Move it away, or give another --data-dir.");
        (_path, _temporary) = (path, path + Suffix);
        _schema = storage.ConnectionString is { } connection ? RestoredSchema.Make(connection, network.Genesis.ChainId, name, time) : null;
        try
        {
            Clear();
            _directory = DataDirectory.Open(_temporary);
            Log = _schema is null ? LogStore.Open(_directory["log"]) : LogStore.Open(_schema.OpenLog());
            Blocks = new FinalizedStore(_schema is null ? BlockFile.Open(_directory["blocks"], AuthorityStorage.ChainOf(network)) : _schema.OpenBlocks());
        }
        catch
        {
            Log?.Dispose();
            _directory?.Dispose();
            _schema?.Dispose();
            throw;
        }
        Signed = OpenDocuments(AuthorityStorage.SignedFolder);
        Evidence = OpenDocuments(AuthorityStorage.EvidenceFolder);
    }

    /// <summary>The log.</summary>
    internal LogStore Log { get; }

    /// <summary>The final blocks.</summary>
    internal FinalizedStore Blocks { get; }

    /// <summary>What the builder has signed.</summary>
    internal IDocumentStorage Signed { get; }

    /// <summary>Proof that others said two things.</summary>
    internal IDocumentStorage Evidence { get; }

    /// <summary>Where it is unpacked.</summary>
    internal string Path => _temporary;

    /// <summary>Writes a key's file.</summary>
    internal void PutKey(string name, ReadOnlySpan<byte> bytes)
    {
        DurableFile.CreateDirectory(System.IO.Path.GetDirectoryName(_directory[name])!);
        DurableFile.Write(_directory[name], bytes, OwnerOnly);
    }

    /// <summary>Puts everything in its place. The database first: a data directory without its tables could be started.</summary>
    internal void Complete()
    {
        Log.Dispose();
        Blocks.Dispose();
        _directory.Dispose();
        if (Directory.Exists(_path)) Directory.Delete(_path);
        _schema?.Complete();
        DurableFile.SyncDirectory(_temporary);
        Directory.Move(_temporary, _path);
        DurableFile.SyncDirectory(System.IO.Path.GetDirectoryName(_path)!);
    }

    public void Dispose()
    {
        Log.Dispose();
        Blocks.Dispose();
        _directory.Dispose();
        _schema?.Dispose();
        Clear();
    }

    private IDocumentStorage OpenDocuments(string folder) => _schema is null ? new DocumentFiles(_directory[folder]) : _schema.OpenDocuments(folder);

    private void Clear()
    {
        if (Directory.Exists(_temporary)) Directory.Delete(_temporary, recursive: true);
    }
}
