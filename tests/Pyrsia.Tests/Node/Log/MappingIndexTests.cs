using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Node.Log;

public sealed class MappingIndexTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly TestLog _log;
    private readonly SourceBuilds _builds;
    private readonly LogIndex _index;

    public MappingIndexTests()
    {
        (_log, _builds) = (new TestLog(_network), new SourceBuilds(_network));
        _index = new LogIndex(_network.Genesis, i => _log.Entries[(int)i]);
    }

    public void Dispose() => _network.Dispose();

    private static BuildSource SourceAt(char digit) => SourceBuilds.Source with { Revision = new string(digit, BuildSource.CommitLength) };

    private void Block(params SignedEntry[] entries) => _log.Block(1, entries);

    /// <summary>Lets the index take in what was logged, and compares it with the ledger.</summary>
    private void TakeIn()
    {
        foreach (var entry in _log.Entries.Skip((int)_index.Size)) _index.Add(entry);
        foreach (var coordinate in new[] { SourceBuilds.Lib, SourceBuilds.Api })
        {
            var found = _index.Mappings.Find(coordinate);
            Assert.Equal(_log.State.FindMapping(coordinate), found is null ? null : new LedgerMapping(found.Source.Digest, found.Index));
            Assert.Equal(_log.State.Proposals.Values.Where(p => p.Proposal.Coordinates.Contains(coordinate)).Select(p => (p.Index, p.Approvals.Count)).Order(), _index.Mappings.Waiting(coordinate).Select(p => (p.Index, p.Approvals.Count)));
        }
    }

    [Fact]
    public void A_mapping_holds_when_a_quorum_has_approved_it_and_not_before()
    {
        var map = _builds.Map();
        foreach (var entry in map)
        {
            TakeIn();
            Assert.Null(_index.Mappings.Find(SourceBuilds.Lib));
            Block(entry);
        }
        TakeIn();
        Assert.Equal(SourceBuilds.Source, _index.Mappings.Find(SourceBuilds.Lib)!.Source);
        Assert.Empty(_index.Mappings.Waiting());
        Assert.Null(_index.Mappings.Find(new MappingId(map[0].PayloadDigest)));
    }

    [Fact]
    public void A_later_mapping_replaces_an_earlier_one_until_the_release_has_an_answer()
    {
        foreach (var entry in _builds.Map(SourceAt('b'), "1").Concat(_builds.Map(nonce: "2"))) Block(entry);
        TakeIn();
        Assert.Equal(SourceBuilds.Source, _index.Mappings.Find(SourceBuilds.Api)!.Source);

        var request = _builds.Request();
        Block(request);
        Block([.. Enumerable.Range(0, 2).Select(i => _builds.Plan(request, i))]);
        var answers = Enumerable.Range(0, 3).Select(i => _builds.Answer(request, i)).ToArray();
        Block([.. answers.Select(a => a.Commitment)]);
        // The last approval and the verdict stand in one block: the mapping is decided first, as the replicas have it.
        var late = _builds.Map(SourceAt('c'), "3");
        Block([.. late.SkipLast(1)]);
        Block([.. answers.Take(2).Select(a => a.Result), late[^1]]);
        TakeIn();
        Assert.Equal(SourceAt('c'), _index.Mappings.Find(SourceBuilds.Lib)!.Source);
        foreach (var entry in _builds.Map(SourceAt('d'), "4")) Block(entry);
        TakeIn();
        Assert.Equal(SourceAt('c'), _index.Mappings.Find(SourceBuilds.Lib)!.Source);
        Assert.Equal(EntryType.Verified, _index.Resolve(SourceBuilds.Api)!.Type);
    }

    [Fact]
    public void What_was_decided_cannot_be_brought_up_again_to_undo_a_later_decision()
    {
        var first = _builds.Map(SourceAt('b'), "1");
        foreach (var entry in first.Concat(_builds.Map(nonce: "2"))) Block(entry);
        TakeIn();
        // No replica would log this; a node that follows liars does not believe it either.
        foreach (var entry in first) _index.Add(entry);
        Assert.Equal(SourceBuilds.Source, _index.Mappings.Find(SourceBuilds.Lib)!.Source);
        Assert.Empty(_index.Mappings.Waiting());
    }
}
