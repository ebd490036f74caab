using Pyrsia.Authority.Workers;
using Pyrsia.Contracts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Authority.Workers;

public sealed class BuildJobTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly TestLog _log;
    private readonly SourceBuilds _builds;
    private readonly SignedEntry _request;
    private readonly LogStore _store;

    public BuildJobTests()
    {
        _log = new TestLog(_network);
        _builds = new SourceBuilds(_network);
        _request = _builds.Request();
        _log.Block(1, [.. _builds.Map(), _request]);
        _store = LogStore.Open(_directory["log"]);
    }

    public void Dispose()
    {
        _store.Dispose();
        _network.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void A_worker_sees_the_request_and_the_plan_as_they_were_signed()
    {
        var planning = Job(_builds.Plan(_request, 0)).Open(_network.Genesis.ChainId);
        Assert.Equal(RequestPhase.Planning, planning.Phase);
        Assert.Equal(SourceBuilds.Specification, planning.Request.Specification);
        Assert.Null(planning.Plan);

        var building = Job(_builds.Plan(_request, 1)).Open(_network.Genesis.ChainId);
        Assert.Equal(RequestPhase.Committing, building.Phase);
        Assert.Equal(1_700_000_000, building.Plan!.OutputTimestamp);
    }

    [Fact]
    public void A_plan_that_the_log_only_names_travels_with_its_payload()
    {
        var files = DependencyLock.Of(Enumerable.Range(0, 2000).Select(i => new LockedFile($"org/acme/file-{i:0000}.jar", Digest.Of(BitConverter.GetBytes(i)), i)));
        var plan = _builds.Plan(_request, 0, files);
        Assert.False(plan.IsPayloadInline);
        var job = Job(_builds.Plan(_request, 1)) with { Key = new JobKey(new RequestId(_request.PayloadDigest), 1, RequestPhase.Committing), Plan = plan.Leaf.ToArray(), PlanPayload = plan.Payload.ToArray() };
        Assert.Equal(files, job.Open(_network.Genesis.ChainId).Plan!.Lock);
        Assert.Throws<FormatException>(() => (job with { PlanPayload = null }).Open(_network.Genesis.ChainId));
        Assert.Throws<FormatException>(() => (job with { PlanPayload = [1] }).Open(_network.Genesis.ChainId));
    }

    [Fact]
    public void A_job_of_another_network_or_with_another_request_than_was_signed_is_refused()
    {
        var job = Job(_builds.Plan(_request, 0));
        Assert.Contains("network", Assert.Throws<FormatException>(() => job.Open(new ChainId(Digest.Of("another"u8)))).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => (job with { Key = SomeJobs.Key(1) }).Open(_network.Genesis.ChainId));
        Assert.Throws<FormatException>(() => (job with { Request = [1, 2, 3] }).Open(_network.Genesis.ChainId));
        Assert.Throws<FormatException>(() => (job with { Key = job.Key with { Phase = RequestPhase.Committing } }).Open(_network.Genesis.ChainId));
    }

    [Fact]
    public void A_job_is_decided_when_the_log_has_gone_on_and_not_while_a_ledger_has_not_come_to_it()
    {
        var key = Job(_builds.Plan(_request, 0)).Key;
        JobStanding Standing(RequestPhase phase, long? position = null) => new(key with { Phase = phase }, position ?? _log.State.Open[key.Request].Index, JobState.Waiting, 0, TimeSpan.Zero);
        Assert.False(QueueKeeper.IsDecided(_log.State, Standing(RequestPhase.Planning)));
        Assert.False(QueueKeeper.IsDecided(_log.State, Standing(RequestPhase.Committing)));
        Assert.False(QueueKeeper.IsDecided(LedgerState.Start(_network.Genesis), Standing(RequestPhase.Planning)));
        _log.Block(1, _builds.Plan(_request, 1));
        Assert.True(QueueKeeper.IsDecided(_log.State, Standing(RequestPhase.Planning)));
        Assert.False(QueueKeeper.IsDecided(_log.State, Standing(RequestPhase.Committing)));
        Assert.True(QueueKeeper.IsDecided(_log.State, new JobStanding(SomeJobs.Key(1), 0, JobState.Running, 1, TimeSpan.Zero)));
    }

    /// <summary>Logs plans, and makes the job of what follows.</summary>
    private BuildJob Job(params SignedEntry[] plans)
    {
        _log.Block(1, plans);
        _store.Append([.. _log.Entries.Skip((int)_store.Size).Select(entry => entry.Leaf)]);
        return BuildJob.Of(_log.State.Open[new RequestId(_request.PayloadDigest)], _store, goesFirst: false);
    }
}
