using Pyrsia.Authority.Builds;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Authority;

public sealed class BuilderTurnTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly TestLog _log;
    private readonly SourceBuilds _builds;
    private readonly SignedEntry _request;

    public BuilderTurnTests()
    {
        (_log, _builds) = (new TestLog(_network), new SourceBuilds(_network));
        _log.Block(1, _builds.Map());
        _request = _builds.Request();
        _log.Block(1, _request);
    }

    private RequestState Request => _log.State.Open[new RequestId(_request.PayloadDigest)];

    private int[] Ranked => [.. BuilderSelection.Rank(_network.Genesis, Request.Id, Request.Builders)];

    public void Dispose() => _network.Dispose();

    private int[] OnTurn(double patiences = 0) => [.. Ranked.Where(i => BuilderTurn.IsOn(_network.Genesis, Request, i, BuilderTurn.Patience * patiences))];

    private SignedEntry OtherPlan(int builder) => _builds.Plan(_request, builder, change: plan => plan with { OutputTimestamp = plan.OutputTimestamp + builder + 1 });

    private SignedEntry Failure(int builder) =>
        new EntrySigner(_network.BuilderKeys[builder]).Sign(new BuildFailed(Request.Id, 1, $"a{builder}", FailureReason.Internal, ""));

    [Fact]
    public void As_many_plan_as_must_agree_and_as_many_build_as_close_the_commitments()
    {
        Assert.Equal((2, 1, 4), (Request.Threshold, _network.Genesis.FaultTolerance, Request.Builders.Length));
        Assert.Equal(Ranked[..2], OnTurn());
        _log.Block(1, _builds.Plan(_request, Ranked[0]), _builds.Plan(_request, Ranked[1]));
        Assert.Equal(RequestPhase.Committing, Request.Phase);
        Assert.Equal(Ranked[..3], OnTurn());
    }

    [Fact]
    public void A_spare_joins_when_one_before_it_has_failed_and_no_more_than_one_for_each()
    {
        _log.Block(1, Failure(Ranked[1]));
        Assert.Equal(Ranked[..3], OnTurn());
        _log.Block(1, _builds.Plan(_request, Ranked[0]), _builds.Plan(_request, Ranked[2]));
        Assert.Equal(Ranked, OnTurn());
    }

    [Fact]
    public void A_spare_joins_when_plans_differ_and_one_of_the_same_mind_is_enough()
    {
        _log.Block(1, OtherPlan(Ranked[0]));
        Assert.Equal(Ranked[..2], OnTurn());
        _log.Block(1, _builds.Plan(_request, Ranked[1]));
        Assert.Equal(Ranked[..3], OnTurn());
        _log.Block(1, OtherPlan(Ranked[2]));
        Assert.Equal(Ranked, OnTurn());
    }

    [Fact]
    public void One_more_joins_each_time_that_patience_ends()
    {
        Assert.Equal(Ranked[..2], OnTurn(0.99));
        Assert.Equal(Ranked[..3], OnTurn(1));
        Assert.Equal(Ranked, OnTurn(2));
        Assert.Equal(Ranked, OnTurn(1e9));
    }

    [Fact]
    public void What_is_notarized_is_fetched_by_all()
    {
        var image = _network.Request("docker.io/library/app:1", Digest.Of("app"u8));
        _log.Block(1, image);
        var request = _log.State.Open[new RequestId(image.PayloadDigest)];
        Assert.All(request.Builders, builder => Assert.True(BuilderTurn.IsOn(_network.Genesis, request, builder, TimeSpan.Zero)));
    }

    [Fact]
    public void Builders_of_one_organisation_are_one_vote_so_the_first_on_turn_are_of_several()
    {
        using var network = new TestNetwork(authorities: 5, organisation: i => i < 2 ? "same" : $"org{i}");
        for (var nonce = 0; nonce < 20; nonce++)
        {
            var id = new RequestId(Digest.Of(BitConverter.GetBytes(nonce)));
            var ranked = BuilderSelection.Rank(network.Genesis, id, Enumerable.Range(0, 5));
            Assert.Equal(4, ranked.Take(4).Select(i => network.Genesis.Builders[i].Organisation).Distinct().Count());
            Assert.Equal(Enumerable.Range(0, 5), ranked.Order());
        }
    }
}
