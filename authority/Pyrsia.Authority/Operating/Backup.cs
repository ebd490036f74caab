using Pyrsia.Contracts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Authority.Operating;

/// <summary>What goes into a backup, and in which order.</summary>
internal static class Backup
{
    /// <summary>Writes everything that an authority keeps but its journal, which is worth nothing once the authority has gone on.</summary>
    /// <returns>The backup's digest, in hexadecimal.</returns>
    /// <exception cref="IOException">It cannot be written, or something that it needs cannot be read.</exception>
    internal static string Write(StoppedAuthority authority, string path, DateTimeOffset now)
    {
        using var backup = new BackupWriter(path, now);
        backup.Add(BackupNames.Header, new BackupHeader(
            BackupHeader.CurrentFormat, authority.Network.Genesis.ChainId.Value.ToString(), authority.Place.Member.Name, now, authority.Blocks?.Height ?? 0, authority.Log.Size, authority.Log.Root.ToString()).Encode());
        backup.Add(BackupNames.Identity, File.ReadAllBytes(authority.Directory["identity.key"]));
        foreach (var key in Directory.EnumerateFiles(authority.Directory["keys"], "*.key").Order(StringComparer.Ordinal)) backup.Add(BackupNames.Keys + Path.GetFileName(key), File.ReadAllBytes(key));
        foreach (var name in authority.Signed.Names.Order(StringComparer.Ordinal)) AddDocument(backup, BackupNames.Builds + name, authority.Signed.Read(name));
        foreach (var name in authority.Evidence.Names.Order(StringComparer.Ordinal)) AddDocument(backup, BackupNames.Evidence + name, authority.Evidence.Read(name));
        AddLog(backup, authority.Log);
        for (ulong height = 1; height <= (authority.Blocks?.Height ?? 0); height++) backup.Add($"{BackupNames.Blocks}{height}", authority.Blocks!.Export(height));
        return backup.Complete();
    }

    private static void AddDocument(BackupWriter backup, string name, byte[]? document)
    {
        if (document is not null) backup.Add(name, document);
    }

    private static void AddLog(BackupWriter backup, LogStore log)
    {
        var written = new HashSet<Digest>();
        foreach (var (number, bundle) in log.ReadLeaves(0).Chunk(TilePath.FullWidth).Index())
        {
            foreach (var leaf in bundle)
            {
                if (!LogEntry.TryParse(leaf, out var entry, out var error)) throw new LogStoreException($"An entry of the log is none: {error}");
                if (EntryReader.PayloadBeside(entry) is not { } digest || !written.Add(digest)) continue;
                backup.Add(BackupNames.Payloads + digest.Hex, log.ReadPayload(digest) ?? throw new LogStoreException($"The payload {digest} that the log names is missing or damaged."));
            }
            backup.Add($"{BackupNames.Bundles}{number}", EntryBundle.Encode(bundle));
        }
        for (var epoch = 1L; log.ReadSetLink(epoch) is { } link; epoch++) backup.Add($"{BackupNames.Sets}{epoch}", link);
        if (log.CheckpointBytes is { } checkpoint) backup.Add(BackupNames.Checkpoint, checkpoint);
        if (log.LogSignatures is { } signatures) backup.Add(BackupNames.Signatures, signatures);
    }
}
