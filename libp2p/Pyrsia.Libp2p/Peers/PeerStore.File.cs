using System.Text.Json;

namespace Pyrsia.Libp2p;

public sealed partial class PeerStore
{
    /// <summary>Largest file that is read, in bytes.</summary>
    private const long MaxFileLength = 64 * 1024 * 1024;

    /// <summary>An empty store, or what the file holds. The store is a cache: a file that is damaged or of another version is left aside and the store starts empty.</summary>
    internal static PeerStore Open(string? path, TimeProvider time, int maxPeers = DefaultMaxPeers)
    {
        var store = new PeerStore(time, maxPeers);
        if (path is null || !File.Exists(path) || new FileInfo(path).Length > MaxFileLength) return store;
        try
        {
            using var file = File.OpenRead(path);
            if (JsonSerializer.Deserialize(file, PeerStoreJson.Default.PeerStoreDocument) is { Version: PeerStoreDocument.CurrentVersion } document) store.Load(document);
        }
        catch (JsonException)
        {
            // Damaged: the next save replaces it.
        }
        return store;
    }

    /// <summary>Writes the valid entries to a new file beside the old one and renames it over it.</summary>
    internal void Save(string path)
    {
        var now = time.GetUtcNow();
        List<PeerStoreDocument.Peer> peers;
        lock (gate)
        {
            peers = [.. entries.Where(e => e.Value.Expires > now).Select(e => new PeerStoreDocument.Peer(
                e.Key.ToString(),
                e.Value.Addresses.Where(a => a.Value > now).ToDictionary(a => a.Key.ToString(), a => a.Value.ToUnixTimeSeconds()),
                e.Value.Protocols))];
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var temporary = path + ".new";
        using (var file = File.Create(temporary))
        {
            JsonSerializer.Serialize(file, new PeerStoreDocument(PeerStoreDocument.CurrentVersion, peers), PeerStoreJson.Default.PeerStoreDocument);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    private void Load(PeerStoreDocument document)
    {
        foreach (var peer in (document.Peers ?? []).Take(maxPeers))
        {
            if (!PeerId.TryParse(peer.Id, out var id) || peer.Addresses is null) continue;
            foreach (var (text, until) in peer.Addresses)
                if (Multiaddr.TryParse(text, out var address) && until is > 0 and < 253402300799)
                    AddAddresses(id, [address], DateTimeOffset.FromUnixTimeSeconds(until) - time.GetUtcNow());
            SetProtocols(id, peer.Protocols ?? []);
        }
    }
}
