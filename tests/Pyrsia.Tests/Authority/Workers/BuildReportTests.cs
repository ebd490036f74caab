using System.Text;
using Pyrsia.Authority.Workers;
using Pyrsia.Builds;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;
using Xunit;

namespace Pyrsia.Tests.Authority.Workers;

public sealed class BuildReportTests
{
    private static readonly Digest Some = Digest.Of("some"u8);

    [Fact]
    public void A_plan_is_read_as_it_was_reported()
    {
        var inputs = new BuildInputs(1_700_000_000, DependencyLock.Of([new LockedFile("b/x.jar", Some, 5), new LockedFile("a/y.pom", Some, 0)]));
        var read = BuildReport.Parse(new BuildReport("p", ["/ip4/127.0.0.1/tcp/1"], Plan: ReportedPlan.Of(inputs)).ToBytes());
        Assert.Equal(inputs, read.Plan!.Check());
        Assert.Null(read.Trouble);
    }

    [Fact]
    public void A_failure_is_the_builders_own_with_its_log()
    {
        var failure = BuildReport.Parse(new BuildReport("p", [], Failure: ReportedFailure.Of(new BuildFailureException(FailureReason.CommitNotFound, "no such commit"))).ToBytes()).Failure!.ToException(Some);
        Assert.Equal((FailureReason.CommitNotFound, "no such commit", Some), (failure.Reason, failure.Message, failure.Log!.Value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"peer":null,"addresses":[]}""")]
    [InlineData("""{"peer":"p","addresses":[],"plan":{"outputTimestamp":1}}""")]
    [InlineData("""{"peer":"p","addresses":[],"log":{"digest":"x"}}""")]
    [InlineData("""{"peer":"p","addresses":[null]}""")]
    [InlineData("""{"peer":"p","addresses":[],"plan":{"outputTimestamp":1,"lock":[null]}}""")]
    [InlineData("""{"peer":"p","addresses":[],"build":{"sandbox":"s","platform":"p","packages":{"digest":"d","size":1,"chunkSize":1,"chunkRoot":"r"},"outputs":[null]}}""")]
    public void What_is_no_report_is_refused(string json) => Assert.Throws<WorkerException>(() => BuildReport.Parse(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData(-1, 262_144)]
    [InlineData(long.MaxValue, 262_144)]
    [InlineData(10, 0)]
    [InlineData(10, 262_143)]
    [InlineData(1_000, 262_144)]
    public void A_file_that_can_not_be_one_or_is_too_long_is_refused(long size, int chunkSize) =>
        Assert.Throws<WorkerException>(() => new ReportedContent(Some.ToString(), size, chunkSize, Some.Hex).Check(999));

    [Theory]
    [InlineData("sha256:abc", "00")]
    [InlineData("", "")]
    public void A_digest_or_root_that_is_none_is_refused(string digest, string root) => Assert.Throws<WorkerException>(() => new ReportedContent(digest, 1, 262_144, root).Check(10));

    [Theory]
    [InlineData("cancelled")]
    [InlineData("plan-mismatch")]
    [InlineData("whatever")]
    public void A_reason_that_no_builder_can_have_is_refused(string reason) => Assert.Throws<WorkerException>(() => new ReportedFailure(reason, "m").ToException(null));

    [Fact]
    public void A_plan_of_a_path_that_climbs_or_stands_twice_is_refused()
    {
        Assert.Throws<WorkerException>(() => new ReportedPlan(1, [new ReportedInput("../x", Some.ToString(), 1)]).Check());
        Assert.Throws<WorkerException>(() => new ReportedPlan(1, [new ReportedInput("x", Some.ToString(), 1), new ReportedInput("x", Some.ToString(), 1)]).Check());
        Assert.Throws<WorkerException>(() => new ReportedPlan(-1, []).Check());
    }

    [Fact]
    public void A_worker_without_a_peer_id_is_refused() => Assert.Throws<WorkerException>(() => new BuildReport("nobody", []).Holder());
}
