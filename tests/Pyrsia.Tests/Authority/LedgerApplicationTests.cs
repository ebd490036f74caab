using System.Collections.Immutable;
using Pyrsia.Authority.Log;
using Pyrsia.Consensus;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Authority;

public sealed class LedgerApplicationTests : IDisposable
{
    private const long Start = 1_750_000_000_000;

    private readonly TestNetwork _network = new();
    private readonly Dictionary<Digest, byte[]> _payloads = [];

    public void Dispose() => _network.Dispose();

    private LedgerApplication Application() => new(_network.Genesis, _payloads.GetValueOrDefault);

    private static BlockContext At(LedgerApplicationState parent, ulong height, int seconds = 1) =>
        new(new Epoch(0), new View(height), height, Start + (seconds * 1000L * (long)height), Start + (seconds * 1000L * (long)height), parent.Size);

    private static Entry Of(SignedEntry entry) => new(entry.Leaf);

    private static LedgerApplicationState Applied(BlockOutcome outcome)
    {
        Assert.Null(outcome.Reason);
        Assert.Empty(outcome.Missing);
        return (LedgerApplicationState)outcome.State!;
    }

    private SignedEntry Request(string name = "alpine:3", string nonce = "0") => _network.Request(name, Digest.Of("root"u8), nonce: nonce);

    [Fact]
    public void The_leaves_of_a_block_are_its_entries_and_then_the_verdict_that_follows()
    {
        var application = Application();
        var request = Request();
        ImmutableArray<ArtifactOutput> outputs = [TestLog.Output("root")];
        var answers = Enumerable.Range(0, 4).Select(i => _network.Answer(request, i, outputs)).ToArray();
        var first = Applied(application.Apply(application.Genesis, At(application.Genesis, 1), [Of(request)]));
        var second = Applied(application.Apply(first, At(first, 2), [.. answers.Take(3).Select(a => Of(a.Commitment))]));
        var third = Applied(application.Apply(second, At(second, 3), [.. answers.Take(2).Select(a => Of(a.Result))]));

        Assert.Equal(1UL, first.Size);
        Assert.Equal(4UL, second.Size);
        Assert.Equal(7UL, third.Size);
        Assert.Equal(3, third.Leaves.Count);
        Assert.True(LogEntry.TryParse(third.Leaves[2], out var verdict, out _));
        Assert.Equal(EntryType.Verified, verdict.Type);
        var all = first.Leaves.Concat(second.Leaves).Concat(third.Leaves).Select(leaf => Rfc6962.HashLeaf(leaf.Span)).ToArray();
        Assert.Equal(new Hash256(Rfc6962.RootOf(all).ToArray()), third.Root);
        Assert.Equal(EntryType.Verified, Assert.IsType<VerdictEntry>(verdict).Type);
    }

    [Fact]
    public void A_request_that_has_its_verdict_is_refused_for_good_and_after_a_start_from_what_is_stored()
    {
        var request = Request();
        var failures = Enumerable.Range(0, 3).Select(i => _network.Failure(request, i, FailureReason.Denied)).ToArray();
        byte[][][] stored = [[request.Leaf.ToArray()], [.. failures.Select(f => f.Leaf.ToArray())], []];
        for (var start = 0; start < 2; start++)
        {
            var application = Application();
            var state = application.Genesis;
            for (var height = 1; height <= stored.Length; height++)
            {
                state = Applied(application.Apply(state, At(state, (ulong)height), [.. stored[height - 1].Select(leaf => new Entry(leaf))]));
                application.Finalized(state);
            }
            Assert.Equal(new ClosedRequest(EntryType.Failed, 4), state.Ledger.FindClosed(new RequestId(request.PayloadDigest)));
            Assert.True(application.TryAdmit(Of(request), out var key, out _));
            Assert.True(application.IsLogged(state, Of(request), key));
            Assert.Empty(application.Select(state, At(state, 4), [Of(request), Of(failures[0])]));
            Assert.Contains(nameof(EntryFault.Duplicate), application.Apply(state, At(state, 4), [Of(request)]).Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_deadline_that_passes_gives_a_verdict_in_a_block_without_entries()
    {
        var application = Application();
        var state = Applied(application.Apply(application.Genesis, At(application.Genesis, 1), [Of(Request())]));
        var height = 1UL;
        while (application.NextDeadlineMs(state) is { } && height < 200)
        {
            height++;
            state = Applied(application.Apply(state, At(state, height, seconds: 100), []));
        }
        Assert.Null(application.NextDeadlineMs(state));
        Assert.Equal(2UL, state.Size);
    }

    [Fact]
    public void An_entry_that_is_signed_again_has_the_same_key_and_is_logged_once()
    {
        var application = Application();
        var request = Request();
        var state = Applied(application.Apply(application.Genesis, At(application.Genesis, 1), [Of(request)]));
        var (one, two) = (_network.Answer(request, 0, [TestLog.Output("root")]).Commitment, _network.Answer(request, 0, [TestLog.Output("root")]).Commitment);
        Assert.NotEqual(one.Leaf.ToArray(), two.Leaf.ToArray());
        Assert.True(application.TryAdmit(Of(one), out var keyOne, out _));
        Assert.True(application.TryAdmit(Of(two), out var keyTwo, out _));
        Assert.Equal(keyOne, keyTwo);

        Assert.False(application.IsLogged(state, Of(two), keyTwo));
        Assert.Single(application.Select(state, At(state, 2), [Of(one), Of(two)]));
        var later = Applied(application.Apply(state, At(state, 2), [Of(one)]));
        Assert.True(application.IsLogged(later, Of(two), keyTwo));
        Assert.Contains(nameof(Pyrsia.Provenance.Ledger.EntryFault.Duplicate), application.Apply(later, At(later, 3), [Of(two)]).Reason ?? application.Apply(state, At(state, 2), [Of(one), Of(two)]).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_commitment_that_comes_before_its_request_waits()
    {
        var application = Application();
        var request = Request();
        var early = Of(_network.Answer(request, 0, [TestLog.Output("root")]).Commitment);
        Assert.True(application.TryAdmit(early, out var key, out _));
        Assert.False(application.IsLogged(application.Genesis, early, key));
        Assert.Empty(application.Select(application.Genesis, At(application.Genesis, 1), [early]));
    }

    [Fact]
    public void An_entry_that_many_others_pushed_out_of_the_cache_keeps_its_place()
    {
        var application = Application();
        var waiting = Of(Request(nonce: "waiting"));
        Assert.True(application.TryAdmit(waiting, out var key, out _));
        // As if the cache had forgotten it: an instance that has never seen the entry.
        Assert.False(Application().IsLogged(application.Genesis, waiting, key));
    }

    [Fact]
    public void A_block_whose_payload_is_missing_names_it_and_is_judged_when_it_is_there()
    {
        var application = Application();
        var request = Request();
        ImmutableArray<ArtifactOutput> many = [TestLog.Output("root"), .. Enumerable.Range(0, 300).Select(i => TestLog.Output($"layer {i}", "application/vnd.oci.image.layer.v1.tar+gzip"))];
        var answers = Enumerable.Range(0, 4).Select(i => _network.Answer(request, i, many)).ToArray();
        Assert.False(answers[0].Result.IsPayloadInline);
        var state = Applied(application.Apply(application.Genesis, At(application.Genesis, 1), [Of(request)]));
        state = Applied(application.Apply(state, At(state, 2), [.. answers.Take(3).Select(a => Of(a.Commitment))]));

        var result = Of(answers[0].Result);
        var wanted = application.Apply(state, At(state, 3), [result]);
        Assert.Null(wanted.State);
        Assert.Null(wanted.Reason);
        Assert.Equal(new Hash256(answers[0].Result.PayloadDigest.Bytes), Assert.Single(wanted.Missing));
        Assert.Empty(application.Select(state, At(state, 3), [result]));
        Assert.False(application.TryAdmit(result, out _, out var missing));
        Assert.Equal(wanted.Missing, [missing!.Value]);

        _payloads[answers[0].Result.PayloadDigest] = answers[0].Result.Payload.ToArray();
        Assert.Single(Applied(application.Apply(state, At(state, 3), [result])).Leaves);
    }

    [Fact]
    public void A_wrong_signature_makes_a_block_invalid()
    {
        var application = Application();
        var leaf = Request().Leaf.ToArray();
        leaf[^1] ^= 1;
        Assert.False(application.TryAdmit(new Entry(leaf), out _, out var missing));
        Assert.Null(missing);
        Assert.NotNull(application.Apply(application.Genesis, At(application.Genesis, 1), [new Entry(leaf)]).Reason);
        Assert.Empty(application.Select(application.Genesis, At(application.Genesis, 1), [new Entry(leaf)]));
    }

    [Fact]
    public void A_block_that_was_final_before_is_held_to_all_rules_but_its_signatures()
    {
        var application = Application();
        var leaf = Request().Leaf.ToArray();
        ref var letter = ref leaf[leaf.AsSpan().IndexOf("\"content\":\""u8) + 20];
        letter = letter == 'A' ? (byte)'B' : (byte)'A';
        Assert.NotNull(application.Apply(application.Genesis, At(application.Genesis, 1), [new Entry(leaf)]).Reason);
        var state = Applied(application.Replay(application.Genesis, At(application.Genesis, 1), [new Entry(leaf)]));
        Assert.Equal(leaf, state.Leaves.Single().ToArray());
        Assert.NotNull(application.Replay(state, At(state, 2), [new Entry(leaf)]).Reason);
        Assert.NotNull(application.Replay(state, At(state, 2), [new Entry(leaf.AsMemory(1))]).Reason);
    }

    [Fact]
    public void Whatever_waits_what_is_selected_applies_and_two_replicas_agree_byte_for_byte()
    {
        for (var seed = 1; seed <= 12; seed++)
        {
            var random = new Random(seed);
            var (leader, follower) = (Application(), Application());
            var pool = new List<Entry>();
            for (var r = 0; r < 6; r++)
            {
                var request = Request($"image{r % 4}:1", $"{seed}/{r}");
                pool.Add(Of(request));
                for (var builder = 0; builder < 4; builder++)
                {
                    var answer = _network.Answer(request, builder, random.Next(3) == 0 ? [TestLog.Output("root"), TestLog.Output("other")] : [TestLog.Output("root")]);
                    if (random.Next(5) == 0) pool.Add(Of(_network.Failure(request, builder, FailureReason.UpstreamUnavailable)));
                    pool.Add(Of(answer.Commitment));
                    pool.Add(Of(answer.Result));
                    if (random.Next(4) == 0) pool.Add(Of(_network.Answer(request, builder, [TestLog.Output("root")]).Result));
                }
            }
            pool.Add(new Entry(new byte[] { 1, 2, 3 }));
            var shuffled = pool.ToArray();
            random.Shuffle(shuffled);

            var (here, there) = (leader.Genesis, follower.Genesis);
            for (var height = 1UL; height <= 8; height++)
            {
                var pending = shuffled.Where(_ => random.Next(3) > 0).ToArray();
                var chosen = leader.Select(here, At(here, height), pending);
                here = Applied(leader.Apply(here, At(here, height), chosen));
                there = Applied(follower.Apply(there, At(there, height), chosen));
                Assert.Equal((here.Size, here.Root), (there.Size, there.Root));
                Assert.Equal(here.Leaves.Select(l => Convert.ToHexString(l.Span)), there.Leaves.Select(l => Convert.ToHexString(l.Span)));
            }
            Assert.True(here.Size > 6);
        }
    }
}
