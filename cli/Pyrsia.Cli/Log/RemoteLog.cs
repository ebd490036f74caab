using System.Collections.Immutable;
using System.Globalization;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Cli.Log;

/// <summary>
/// The log as a node serves it (C2SP tlog-tiles), at one checkpoint. Tiles and bundles are kept while the command runs. Nothing here
/// is trusted: what is computed from the tiles must lead to the checkpoint's root, and the checkpoint must satisfy the network file.
/// </summary>
internal sealed class RemoteLog(NodeClient node, SignedCheckpoint checkpoint)
{
    private readonly Dictionary<TilePath, ReadOnlyMemory<byte>> _tiles = [];
    private readonly Dictionary<long, ReadOnlyMemory<byte>[]> _bundles = [];
    private SetChain? _sets;

    public SignedCheckpoint Checkpoint => checkpoint;

    public long Size => checkpoint.Checkpoint.Size;

    /// <summary>Nodes of the tiles that were fetched.</summary>
    public IHashReader Reader => ReaderAt(Size);

    /// <summary>Opens the log at the newest checkpoint that the node has.</summary>
    public static async Task<RemoteLog> OpenAsync(NodeClient node, CancellationToken cancellationToken) =>
        await OpenAsync(node, ApiRoutes.LogCheckpoint, cancellationToken)
        ?? throw new CliException("The node has no checkpoint of the log yet.", "no-checkpoint", "See pyrsia status: the node needs a network file and an authority that answers.", ExitCode.NotFound);

    /// <summary>Opens the log at a signed note; null when the node has none there.</summary>
    public static async Task<RemoteLog?> OpenAsync(NodeClient node, string route, CancellationToken cancellationToken)
    {
        if (await node.FindAsync(route, cancellationToken) is not { } bytes) return null;
        return SignedCheckpoint.TryParse(bytes, out var checkpoint, out var error) ? new RemoteLog(node, checkpoint) : throw Broken($"its checkpoint is malformed: {error}");
    }

    public static CliException Broken(string how) =>
        new($"The node's log does not hold together: {how}.", "log-broken", "Ask another node with --node URL; if it goes on, show the operators of the network what you have.", ExitCode.VerificationFailed);

    /// <summary>Nodes of the tiles that were fetched, for an earlier size of the tree.</summary>
    public IHashReader ReaderAt(long size) => new TileHashReader(size, path => _tiles.TryGetValue(Whole(path), out var bytes) ? bytes : null);

    /// <summary>Fetches tiles, so that the readers can read them.</summary>
    public async Task FetchAsync(IEnumerable<TilePath> paths, CancellationToken cancellationToken)
    {
        foreach (var path in paths.Select(Whole).Distinct().Where(path => !_tiles.ContainsKey(path)).ToArray())
        {
            var bytes = await FetchAsync(path, cancellationToken);
            _tiles[path] = bytes.Length == path.Width * TreeHash.Size ? bytes : throw Broken($"{path} has {bytes.Length} bytes");
        }
    }

    /// <summary>One entry, with its payload.</summary>
    public async Task<LogEntry> ReadAsync(long index, CancellationToken cancellationToken)
    {
        var leaf = await ReadLeafAsync(index, cancellationToken);
        if (!LogEntry.TryParse(leaf, out var entry, out var error)) throw Broken($"entry {index}: {error}");
        return await AttachAsync(entry, cancellationToken);
    }

    /// <summary>One leaf's bytes.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadLeafAsync(long index, CancellationToken cancellationToken)
    {
        var number = index / TilePath.FullWidth;
        if (!_bundles.TryGetValue(number, out var entries))
        {
            var path = TilePath.Entries(number, TilePath.WidthAt(0, number, Size));
            if (!EntryBundle.TryDecode(await FetchAsync(path, cancellationToken), path.Width, out entries)) throw Broken($"{path} is malformed");
            _bundles.Clear(); // one at a time: an audit reads all of them, in order
            _bundles[number] = entries;
        }
        return entries[(int)(index % TilePath.FullWidth)];
    }

    /// <summary>The authorities of every epoch up to the one that vouches for the checkpoint, proven from the network file on.</summary>
    public async Task<SetChain> SetsAsync(GenesisDocument genesis, CancellationToken cancellationToken)
    {
        if (_sets is not null) return _sets;
        var chain = SetChain.Start(genesis);
        while (await node.FindAsync(ApiRoutes.LogSet + (chain.Newest.Epoch + 1).ToString(CultureInfo.InvariantCulture), cancellationToken) is { } bytes)
        {
            if (!SetLink.TryParse(bytes, out var link, out var error) || !chain.TryAdd(link, out var longer, out error)) throw Broken(error);
            if (link.Change.Index >= Size) break;
            chain = longer;
        }
        // The node may know the next authorities before they have cosigned anything.
        return _sets = chain.For(checkpoint) ?? chain;
    }

    /// <summary>The inclusion proof of an entry.</summary>
    public async Task<ImmutableArray<TreeHash>> ProveAsync(long index, CancellationToken cancellationToken)
    {
        await FetchAsync(TilePlan.ForInclusion(index, Size), cancellationToken);
        return MerkleProof.Inclusion(Reader, index, Size);
    }

    private async Task<LogEntry> AttachAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        switch (entry)
        {
            case SignedEntry { IsPayloadInline: false } signed:
                return signed.TryAttach(await PayloadAsync(signed.PayloadDigest, cancellationToken), out var whole, out var error) ? whole : throw Broken(error);
            case VerdictEntry { OutputsDigest: { } outputs } verdict:
                return verdict.TryAttach(await PayloadAsync(outputs, cancellationToken), out var complete, out var fault) ? complete : throw Broken(fault);
            default:
                return entry;
        }
    }

    private async Task<byte[]> PayloadAsync(Digest digest, CancellationToken cancellationToken) =>
        await node.FindAsync(ApiRoutes.LogPayload + digest.Hex, cancellationToken) ?? throw Broken($"the payload {digest} is missing");

    private async Task<byte[]> FetchAsync(TilePath path, CancellationToken cancellationToken) =>
        await node.FindAsync("/log/" + path, cancellationToken) ?? throw Broken($"{path} is missing");

    /// <summary>The tile as wide as it is at the checkpoint: a narrower one may be gone.</summary>
    private TilePath Whole(TilePath path) => path with { Width = TilePath.WidthAt(path.Level, path.Index, Size) };
}
