using Pyrsia.Builds;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Curve25519;
using Pyrsia.Node.Builds;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Authority;

/// <summary>Four whole authorities that map, plan, build and agree; only the sandbox is scripted.</summary>
public sealed class SourceBuildClusterTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mapped_source_is_planned_built_and_verified_by_authorities_that_agree()
    {
        await using var cluster = await AuthorityCluster.StartAsync();
        cluster.Members[3].Builds.Contents = "a lie";
        var builds = new SourceBuilds(cluster.Network);
        var refused = await Assert.ThrowsAsync<BuildException>(() => cluster.Members[0].Desk.SubmitAsync(builds.Request(), Cancel));
        Assert.Contains("pyrsia mapping propose", refused.Message, StringComparison.Ordinal);
        await MapAsync(cluster, builds);

        var verdict = await EndAsync(cluster, builds.Request());
        Assert.Equal(EntryType.Verified, verdict.Type);
        Assert.DoesNotContain("a3", verdict.Verdict.Agreeing.Select(v => v.Name));
        Assert.Equal([SourceBuilds.Api], verdict.Verdict.AlsoNames.Select(n => n.Coordinate));
    }

    [Fact]
    public async Task Builders_whose_results_differ_end_as_nonreproducible()
    {
        await using var cluster = await AuthorityCluster.StartAsync();
        for (var i = 0; i < 4; i++) cluster.Members[i].Builds.Contents = $"{i}";
        var builds = new SourceBuilds(cluster.Network);
        await MapAsync(cluster, builds);
        Assert.Equal(EntryType.Nonreproducible, (await EndAsync(cluster, builds.Request())).Type);
    }

    [Fact]
    public async Task What_builders_cannot_build_fails_with_their_reason_and_one_machines_trouble_does_not_count()
    {
        await using var cluster = await AuthorityCluster.StartAsync();
        for (var i = 0; i < 3; i++) cluster.Members[i].Builds.Plan = () => throw new BuildFailureException(FailureReason.CommitNotFound, "no such commit");
        cluster.Members[3].Builds.Plan = () => throw new SandboxException("the disk is full");
        var builds = new SourceBuilds(cluster.Network);
        await MapAsync(cluster, builds);
        var verdict = await EndAsync(cluster, builds.Request());
        Assert.Equal((EntryType.Failed, FailureReason.CommitNotFound), (verdict.Type, verdict.Verdict.Reason));
        Assert.DoesNotContain("a3", verdict.Verdict.Failures.Select(v => v.Name));
    }

    [Fact]
    public async Task A_builder_that_runs_into_something_unforeseen_tries_again()
    {
        await using var cluster = await AuthorityCluster.StartAsync();
        var tries = new int[4];
        foreach (var member in cluster.Members)
        {
            var plan = member.Builds.Plan;
            member.Builds.Plan = () => Interlocked.Increment(ref tries[member.Index]) == 1 ? throw new InvalidOperationException("nobody thought of this") : plan();
        }
        var builds = new SourceBuilds(cluster.Network);
        await MapAsync(cluster, builds);
        Assert.Equal(EntryType.Verified, (await EndAsync(cluster, builds.Request())).Type);
        Assert.Equal(2, tries.Count(count => count == 2));
    }

    [Fact]
    public async Task A_builder_that_never_answers_costs_patience_and_not_the_deadline()
    {
        await using var cluster = await AuthorityCluster.StartAsync(silent: 3, time: new FasterTime(10));
        var builds = new SourceBuilds(cluster.Network);
        await MapAsync(cluster, builds);
        var verdict = await EndAsync(cluster, RankedRequest(cluster, builds, silent: 3, place: 1));
        Assert.Equal(EntryType.Verified, verdict.Type);
        Assert.DoesNotContain("a3", verdict.Verdict.Agreeing.Select(v => v.Name));
    }

    [Fact]
    public async Task A_builder_that_commits_to_what_another_has_committed_to_gains_no_vote()
    {
        await using var cluster = await AuthorityCluster.StartAsync(silent: 3);
        var builds = new SourceBuilds(cluster.Network);
        await MapAsync(cluster, builds);
        var request = RankedRequest(cluster, builds, silent: 3, place: 2);
        var id = new RequestId(request.PayloadDigest);
        var ending = EndAsync(cluster, request);
        await AuthorityCluster.UntilAsync(() => cluster.Members[3].Ledger.Current.Open.TryGetValue(id, out var open) && open.Commitments.Count == 2, "The others did not commit.");
        var victim = cluster.Members[3].Ledger.Current.Open[id].Commitments.Values.First();
        await cluster.Members[3].SubmitAsync(new EntrySigner(cluster.Network.BuilderKeys[3]).Sign(new Commitment(id, 1, "a3", victim.Value)));
        var verdict = await ending;
        Assert.Equal(EntryType.Verified, verdict.Type);
        Assert.Equal(2, verdict.Verdict.Agreeing.Length);
        Assert.DoesNotContain("a3", verdict.Verdict.Agreeing.Concat(verdict.Verdict.Dissenting).Select(v => v.Name));
        Assert.Equal(2, cluster.Members.Take(3).Sum(m => m.Builds.Builds));
    }

    /// <summary>A request in whose order the builder that does nothing has a certain place, from 0.</summary>
    private static SignedEntry RankedRequest(AuthorityCluster cluster, SourceBuilds builds, int silent, int place)
    {
        for (var nonce = 0; ; nonce++)
        {
            var request = builds.Request(nonce: $"{nonce}");
            if (BuilderSelection.Rank(cluster.Network.Genesis, new RequestId(request.PayloadDigest), Enumerable.Range(0, 4))[place] == silent) return request;
        }
    }

    [Fact]
    public async Task A_request_that_its_asker_takes_back_stops_the_builders_that_work_on_it()
    {
        await using var cluster = await AuthorityCluster.StartAsync();
        int running = 0, stopped = 0;
        foreach (var member in cluster.Members)
        {
            member.Builds.Work = async token =>
            {
                Interlocked.Increment(ref running);
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                }
                finally
                {
                    Interlocked.Increment(ref stopped);
                }
            };
        }
        var builds = new SourceBuilds(cluster.Network);
        await MapAsync(cluster, builds);
        var request = builds.Request();
        var id = new RequestId(request.PayloadDigest);
        await cluster.Members[0].Desk.SubmitAsync(request, Cancel);
        await AuthorityCluster.UntilAsync(() => Volatile.Read(ref running) >= 3, "Too few builders began.");
        var forged = await Assert.ThrowsAsync<BuildException>(() => cluster.Members[0].Desk.SubmitAsync(Cancellation(id, cluster.Network.Operator), Cancel));
        Assert.Equal(BuildRefusal.NotTheAsker, forged.Refusal);
        await cluster.Members[2].Desk.SubmitAsync(Cancellation(id, cluster.Network.Asker), Cancel);
        await AuthorityCluster.UntilAsync(() => cluster.Members.All(m => m.Ledger.Current.PhaseOf(id) == RequestPhase.Closed), "The request was not closed everywhere.");
        await AuthorityCluster.UntilAsync(() => Volatile.Read(ref stopped) == Volatile.Read(ref running), "Builders went on.");
        Assert.Equal(BuildRefusal.Decided, (await Assert.ThrowsAsync<BuildException>(() => cluster.Members[2].Desk.SubmitAsync(Cancellation(id, cluster.Network.Asker), Cancel))).Refusal);
    }

    [Fact]
    public async Task Authorities_outlive_a_request_that_ends_before_a_builder_has_said_anything()
    {
        await using var cluster = await AuthorityCluster.StartAsync();
        foreach (var member in cluster.Members) member.Builds.Plan = () => throw new SandboxException("not now");
        var builds = new SourceBuilds(cluster.Network);
        await MapAsync(cluster, builds);
        var (first, second) = (builds.Request(nonce: "first"), builds.Request(nonce: "second"));
        var id = new RequestId(first.PayloadDigest);
        await cluster.Members[0].Desk.SubmitAsync(first, Cancel);
        await AuthorityCluster.UntilAsync(() => cluster.Members.All(m => m.Ledger.Current.Open.ContainsKey(id)), "The request was not logged.");
        await cluster.Members[0].Desk.SubmitAsync(Cancellation(id, cluster.Network.Asker), Cancel);
        await AuthorityCluster.UntilAsync(() => cluster.Members.All(m => m.Ledger.Current.PhaseOf(id) == RequestPhase.Closed), "The request was not closed everywhere.");
        foreach (var member in cluster.Members) member.Builds.Plan = new ScriptedBuilds().Plan;
        Assert.Equal(EntryType.Verified, (await EndAsync(cluster, second)).Type);
    }

    private static SignedEntry Cancellation(RequestId request, Ed25519PrivateKey key) => new EntrySigner(key).Sign(new BuildCancellation(request, key.PublicKey));

    private static async Task MapAsync(AuthorityCluster cluster, SourceBuilds builds)
    {
        var entries = builds.Map();
        await cluster.Members[0].Desk.SubmitAsync(entries[0], Cancel);
        await AuthorityCluster.UntilAsync(() => !cluster.Members[0].Ledger.Current.Proposals.IsEmpty, "The proposal was not logged.");
        foreach (var approval in entries.Skip(1)) await cluster.Members[0].Desk.SubmitAsync(approval, Cancel);
        await AuthorityCluster.UntilAsync(() => cluster.Members.All(m => m.Ledger.Current.FindMapping(SourceBuilds.Lib) is not null), "The mapping did not come to hold.");
    }

    private static async Task<VerdictEntry> EndAsync(AuthorityCluster cluster, SignedEntry request)
    {
        await cluster.Members[1].Desk.SubmitAsync(request, Cancel);
        var id = new RequestId(request.PayloadDigest);
        await AuthorityCluster.UntilAsync(() => cluster.Members.All(m => m.Ledger.Current.PhaseOf(id) == RequestPhase.Closed && m.Log.Size == m.Ledger.Current.Size), "The request was not closed everywhere.");
        return cluster.Members[2].Log.ReadLeaves(0).Select(leaf => LogEntry.TryParse(leaf, out var entry, out _) ? entry : null).OfType<VerdictEntry>().Single(v => v.Verdict.Request == id);
    }
}
