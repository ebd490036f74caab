using Microsoft.EntityFrameworkCore;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Consensus;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Notes;
using Pyrsia.Testing.Provenance;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>
/// Fills the tables of an authority with what a network of four would have agreed on: requests with all that follows from them, in final blocks with the
/// certificates of a quorum, and the log that they lead to under a cosigned checkpoint. Every signature verifies.
/// </summary>
internal sealed class LongLog
{
    /// <summary>Requests whose entries stand side by side in blocks.</summary>
    private const int RequestsAtOnce = 40;

    /// <summary>Rounds of such blocks that are written at once.</summary>
    private const int RoundsAtOnce = 4;

    private readonly TestNetwork _network;
    private readonly PostgresBlocks _blocks;
    private readonly LogStore _log;
    private readonly Hash256 _chain;
    private readonly List<ReadOnlyMemory<byte>> _leaves = [];
    private readonly WireWriter _writer = new();
    private LedgerState _ledger;
    private CompactRange _range = CompactRange.Empty;
    private BlockHeader? _parent;
    private Certificate? _notarization;
    private long _timeMs;

    private LongLog(TestNetwork network, PostgresDatabase database, LogStore log)
    {
        var chain = network.Genesis.ChainId.Value;
        (_network, _blocks, _log, _chain, _ledger) = (network, new PostgresBlocks(database), log, new Hash256(chain.Bytes), LedgerState.Start(network.Genesis));
    }

    /// <summary>Fills the tables.</summary>
    /// <param name="network">Whose log it is.</param>
    /// <param name="connection">The schema, which need not exist.</param>
    /// <param name="entries">How many leaves there are to be at least.</param>
    /// <returns>How many there are.</returns>
    internal static long Fill(TestNetwork network, string connection, long entries)
    {
        using var database = new PostgresDatabase($"{connection};Command Timeout=600;Options=-c default_toast_compression=lz4", TimeProvider.System);
        PostgresSetup.Prepare(database, network.Genesis.ChainId, network.Genesis.Authorities[0].Name);
        using var log = LogStore.Open(new PostgresLog(database));
        var maker = new LongLog(network, database, log);
        // Half an hour ago is when the last of it happened: a checkpoint is fresh, and no clock has run back.
        var rounds = (entries / 300) + RoundsAtOnce;
        maker._timeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - 1_800_000 - (rounds * 5_000);
        for (var round = 0; maker._range.Size < entries; round += RoundsAtOnce) maker.Write(round);
        maker.Publish();
        database.Once(context => context.Database.ExecuteSqlRaw("vacuum analyze"));
        return maker._range.Size;
    }

    private void Write(int first)
    {
        var requests = new LoggedRequests(_network);
        var stories = Enumerable.Range(first * RequestsAtOnce, RoundsAtOnce * RequestsAtOnce).AsParallel().AsOrdered().Select(requests.Make).ToArray();
        foreach (var round in stories.Chunk(RequestsAtOnce))
        {
            var steps = round.Max(story => story.Count);
            for (var step = 0; step < steps; step++) AddBlock([.. round.Where(story => story.Count > step).SelectMany(story => story[step])]);
        }
        _blocks.Commit();
        _log.Append(_leaves);
        _leaves.Clear();
    }

    private void AddBlock(SignedEntry[] signed)
    {
        _timeMs += 1_000;
        if (!_ledger.TryApply(signed, _timeMs, signaturesVerified: true, out var applied, out var fault)) throw new InvalidOperationException($"entry {fault!.Position} of a block: {fault.Fault}");
        ReadOnlyMemory<byte>[] leaves = [.. signed.Select(e => e.Leaf), .. applied!.Derived.Select(e => e.Leaf)];
        var after = _range.Append([.. leaves.Select(leaf => Rfc6962.HashLeaf(leaf.Span))]);
        Entry[] entries = [.. signed.Select(e => new Entry(e.Leaf))];
        var view = (_parent?.View ?? View.Genesis).Next;
        var justification = new Justification(_notarization, []);
        var header = new BlockHeader(
            new Epoch(0), view, _parent?.Hash ?? _chain, _parent?.View ?? View.Genesis, justification.Hash(_network.Genesis.Authorities.Length), _timeMs, applied.State.LogTimeMs, (ulong)_range.Size,
            entries.Length, BlockHashing.Entries([.. entries.Select(e => e.Id)]), (ulong)after.Size, new Hash256(after.Root().ToArray()), default);
        _notarization = Certify(VoteKind.Notarize, header);
        var block = new FinalizedBlock(view.Number, header, justification, entries, _notarization, Certify(VoteKind.Finalize, header));
        FinalizedBlockCodec.Encode(_writer.Clear(), block, _network.Genesis.Authorities.Length);
        _blocks.Add(block.Height, header.Epoch, view, header.Hash, _writer.Written);
        _leaves.AddRange(leaves);
        (_ledger, _range, _parent) = (applied.State, after, header);
    }

    private Certificate Certify(VoteKind kind, BlockHeader header)
    {
        var message = new byte[VoteBytes.Length];
        VoteBytes.Write(message, _chain, kind, header.Epoch, header.View, header.Hash);
        byte[] signers = [.. Enumerable.Range(0, _network.Genesis.Quorum).Select(i => (byte)i)];
        return new Certificate(kind, header.Epoch, header.View, header.Hash, signers, [.. signers.Select(i =>
        {
            var signature = new byte[VoteSignature.Size];
            _network.VoteKeys[i].Sign(message, signature);
            return new VoteSignature(signature);
        })]);
    }

    private void Publish()
    {
        var checkpoint = new Checkpoint(_network.Genesis.Origin, _range.Size, _range.Root());
        var published = PublishedCheckpoint.Assemble(_network.Genesis.Set, checkpoint, _network.Sign(checkpoint, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()))!;
        _log.Publish(published, published.Note.ToBytes(), null);
    }
}
