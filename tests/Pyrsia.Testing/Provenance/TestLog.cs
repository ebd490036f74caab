using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Chunks;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Testing.Provenance;

/// <summary>A log in memory that applies blocks as a replica does.</summary>
public sealed class TestLog(TestNetwork network)
{
    private readonly TreeBuilder _tree = new();
    private readonly Dictionary<TilePath, ReadOnlyMemory<byte>> _tiles = [];
    private long _nowMs = 1_750_000_000_000;

    /// <summary>All leaves.</summary>
    public List<LogEntry> Entries { get; } = [];

    /// <summary>The blocks: their times and their entries without verdicts.</summary>
    public List<(long TimeMs, SignedEntry[] Entries)> Blocks { get; } = [];

    /// <summary>The ledger.</summary>
    public LedgerState State { get; private set; } = LedgerState.Start(network.Genesis);

    /// <summary>The stored tiles.</summary>
    public Func<TilePath, ReadOnlyMemory<byte>?> Tiles => path => _tiles.TryGetValue(path, out var bytes) ? bytes : null;

    /// <summary>Nodes of the whole tree.</summary>
    public IHashReader Reader => new TileHashReader(_tree.Size, Tiles);

    /// <summary>Applies a block some seconds after the last; the verdicts it derived.</summary>
    public ImmutableArray<VerdictEntry> Block(int afterSeconds, params SignedEntry[] entries)
    {
        _nowMs += afterSeconds * 1000L;
        if (!State.TryApply(entries, _nowMs, signaturesVerified: false, out var applied, out var fault))
            throw new InvalidOperationException($"entry {fault!.Position}: {fault.Fault}");
        State = applied!.State;
        Blocks.Add((_nowMs, entries));
        LogEntry[] all = [.. entries, .. applied.Leaves];
        Entries.AddRange(all);
        foreach (var tile in _tree.Append([.. all.Select(e => e.LeafHash)]))
            _tiles[tile.Path] = tile.Bytes;
        return applied.Derived;
    }

    /// <summary>What would be wrong with an entry in the next block.</summary>
    public EntryFault Check(SignedEntry entry, int afterSeconds = 1) => State.CheckEntry(entry, _nowMs + (afterSeconds * 1000L));

    /// <summary>Puts an image through: request, all commitments but the last, the results of as many builders as must agree.</summary>
    public (long Index, VerdictEntry Verdict) Notarize(string reference, ImmutableArray<ArtifactOutput> outputs, Digest root, string nonce = "0")
    {
        var request = network.Request(reference, root, nonce: nonce);
        return Conclude(request, i => network.Answer(request, i, outputs), network.Genesis.Threshold);
    }

    /// <summary>Puts a Maven version through in the same way.</summary>
    public (long Index, VerdictEntry Verdict) NotarizeMaven(string gav, ImmutableArray<ArtifactOutput> outputs, Digest root, string nonce = "0")
    {
        var request = network.MavenRequest(gav, root, nonce: nonce);
        return Conclude(request, i => network.MavenAnswer(request, i, outputs), network.Genesis.Threshold);
    }

    /// <summary>Logs a request, all commitments but the last and some results; their verdict.</summary>
    public (long Index, VerdictEntry Verdict) Conclude(SignedEntry request, Func<int, (SignedEntry Commitment, SignedEntry Result)> answer, int results)
    {
        Block(1, request);
        var answers = Enumerable.Range(0, network.Genesis.Quorum).Select(answer).ToArray();
        Block(1, [.. answers.Select(a => a.Commitment)]);
        var verdict = Block(1, [.. answers.Take(results).Select(a => a.Result)]).Single();
        return (Entries.Count - 1, verdict);
    }

    /// <summary>The digest that a coordinate resolves to: of an immutable one by the ledger's answer, else by the newest verdict. Null when it has no answer.</summary>
    public Digest? RootOf(string coordinate)
    {
        var verdict = Coordinate.IsImmutable(coordinate)
            ? State.FindName(coordinate) is { } answer ? (VerdictEntry)Entries[(int)answer.VerdictIndex] : null
            : Entries.OfType<VerdictEntry>().LastOrDefault(v => v.Type == EntryType.Verified && v.Names.Any(n => n.Coordinate == coordinate));
        return verdict?.Names.First(n => n.Coordinate == coordinate).Root;
    }

    /// <summary>The checkpoint of the whole log.</summary>
    public Checkpoint Checkpoint() => new(network.Genesis.Origin, _tree.Size, _tree.Root);

    /// <summary>The checkpoint as published, cosigned at a time.</summary>
    public SignedCheckpoint Publish(long time = 1_750_000_100) =>
        PublishedCheckpoint.Assemble(State.Set, Checkpoint(), network.Sign(Checkpoint(), time))!;

    /// <summary>What leads from the network file to the sitting authorities; the tests' authorities keep their cosigner keys.</summary>
    public ImmutableArray<SetLink> Links() => [.. Entries.Index().Where(e => e.Item is SetChangeEntry).Select(e => Link(e.Index, State.Sets[(int)((SetChangeEntry)e.Item).Set.Epoch - 1]))];

    /// <summary>What leads over the set change at an index, cosigned by a set.</summary>
    public SetLink Link(int index, AuthoritySet by, IEnumerable<int>? authorities = null)
    {
        var tree = new TreeBuilder();
        var tiles = tree.Append([.. Entries.Take(index + 1).Select(e => e.LeafHash)]).ToDictionary(tile => tile.Path, tile => (ReadOnlyMemory<byte>?)tile.Bytes);
        var checkpoint = new Checkpoint(network.Genesis.Origin, tree.Size, tree.Root);
        var published = PublishedCheckpoint.Assemble(by, checkpoint, network.Sign(checkpoint, 1_750_000_050, authorities))!;
        return SetLink.Create(index, (SetChangeEntry)Entries[index], new TileHashReader(tree.Size, path => tiles.GetValueOrDefault(path)), published);
    }

    /// <summary>The bundle for one output of a verdict.</summary>
    public ProvenanceBundle Bundle(long verdictIndex, Digest digest) => BundleBuilder.Build(
        network.Genesis.ChainId, digest, verdictIndex, (VerdictEntry)Entries[(int)verdictIndex], i => (SignedEntry)Entries[(int)i], Reader, Publish(), Links());

    /// <summary>An output of some bytes.</summary>
    public static ArtifactOutput Output(string content, string mediaType = "application/vnd.oci.image.manifest.v1+json") =>
        ArtifactOutput.Of(ChunkTreeBuilder.Compute(System.Text.Encoding.UTF8.GetBytes(content)), mediaType);
}
