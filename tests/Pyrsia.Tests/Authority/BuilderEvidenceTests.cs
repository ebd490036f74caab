using System.Text.Json;
using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Storage;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Authority;

public sealed class BuilderEvidenceTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly TestLog _log;
    private readonly SourceBuilds _builds;
    private readonly SignedEntry _request;

    public BuilderEvidenceTests()
    {
        _log = new TestLog(_network);
        _builds = new SourceBuilds(_network);
        _request = _builds.Request();
        _log.Block(1, [.. _builds.Map(), _request]);
        _log.Block(1, _builds.Plan(_request, 0), _builds.Plan(_request, 1));
    }

    public void Dispose()
    {
        _network.Dispose();
        _directory.Dispose();
    }

    private string[] Consider(SignedEntry entry)
    {
        new BuilderEvidence(new DocumentFiles(_directory["evidence"]), _network.Genesis, index => _log.Entries[(int)index].Leaf).Consider(entry, _log.State.CheckRules(entry), _log.State);
        return Directory.Exists(_directory["evidence"]) ? Directory.GetFiles(_directory["evidence"]) : [];
    }

    [Fact]
    public void A_second_different_commitment_is_kept_with_the_one_that_is_logged()
    {
        var first = _builds.Answer(_request, 0).Commitment;
        _log.Block(1, first);
        var second = _builds.Answer(_request, 0, SourceBuilds.Outputs("other")).Commitment;
        Assert.Empty(Consider(first));
        var record = JsonSerializer.Deserialize(File.ReadAllBytes(Assert.Single(Consider(second))), BuilderEvidenceJsonContext.Default.BuilderEvidenceRecord)!;
        Assert.Equal(first.Leaf.ToArray(), record.Logged);
        Assert.True(LogEntry.TryParse(record.Refused, out var refused, out _) && ((SignedEntry)refused).VerifySignature());
        Assert.Equal("a0", record.Builder);
    }

    [Fact]
    public void A_result_that_is_not_the_one_committed_to_is_kept()
    {
        _log.Block(1, [.. Enumerable.Range(0, 3).Select(i => _builds.Answer(_request, i).Commitment)]);
        Assert.Empty(Consider(_builds.Answer(_request, 0).Result));
        Assert.Single(Consider(_builds.Answer(_request, 0, SourceBuilds.Outputs("changed")).Result));
    }

    [Fact]
    public void What_is_merely_late_or_not_ones_turn_is_no_evidence()
    {
        Assert.Empty(Consider(_builds.Plan(_request, 2)));
        Assert.Equal(EntryFault.PlanningClosed, _log.State.CheckRules(_builds.Plan(_request, 2)));
        Assert.Empty(Consider(_network.Failure(_request, 0, FailureReason.Denied)));
    }
}
