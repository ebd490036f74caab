using Pyrsia.Consensus;
using Pyrsia.Testing.Consensus;
using Xunit;

namespace Pyrsia.Tests.Consensus;

public sealed class ConsensusStateTests
{
    private const long Now = CoreFixture.StartMs;
    private static readonly Justification FromGenesis = new(null, []);
    private readonly CoreFixture _four = new();

    [Fact]
    public void Nothing_is_said_and_no_view_timer_runs_while_nothing_is_pending()
    {
        var core = _four.Core(1);
        var effects = core.Step(new StartedEvent(), Now);
        Assert.All(effects, e => Assert.True(e is BroadcastEffect { Message: StatusMessage } or ArmTimerEffect { Timer.Kind: TimerKind.Heartbeat }));
    }

    [Fact]
    public void The_leader_makes_an_empty_block_when_the_heartbeat_is_due()
    {
        var core = _four.Started(1);
        var effects = core.Step(new TimerEvent(new TimerKey(TimerKind.Heartbeat, new Epoch(0), View.Genesis)), Now + 60_000);
        var propose = effects.OfType<BroadcastEffect>().Select(b => b.Message).OfType<ProposeMessage>().Single();
        Assert.Equal(0, propose.Header.Count);
    }

    [Fact]
    public void A_vote_and_the_body_it_is_for_are_persisted_before_the_vote_is_sent()
    {
        var effects = ProposeTo(_four.Started(2), _four.Propose(1, null, null, FromGenesis)).ToList();
        var body = effects.FindIndex(e => e is PersistEffect { Record: BlockRecord });
        var vote = effects.FindIndex(e => e is PersistEffect { Record: VoteRecord });
        var sent = effects.FindIndex(e => e is BroadcastEffect { Message: VoteMessage { Vote.Kind: VoteKind.Notarize } });
        Assert.True(body >= 0 && body < vote && vote < sent);
    }

    [Fact]
    public void The_notarization_is_persisted_before_the_finalize_vote_that_it_allows()
    {
        var core = _four.Started(2);
        var propose = _four.Propose(1, null, null, FromGenesis);
        ProposeTo(core, propose);
        var effects = Tell(core, 0, new VoteMessage(_four.Vote(0, VoteKind.Notarize, 1, propose.Header.Hash)));
        var certificate = effects.FindIndex(e => e is PersistEffect { Record: CertificateRecord { Certificate.Kind: VoteKind.Notarize } });
        var vote = effects.FindIndex(e => e is PersistEffect { Record: VoteRecord { Vote.Kind: VoteKind.Finalize } });
        Assert.True(certificate >= 0 && certificate < vote);
        Assert.Equal(new View(2), core.CurrentView);
    }

    [Fact]
    public void After_a_restart_the_last_votes_are_sent_again_byte_for_byte_and_no_others()
    {
        var core = _four.Started(2);
        var effects = ProposeTo(core, _four.Propose(1, null, null, FromGenesis)).ToList();
        effects.AddRange(core.Step(new TimerEvent(new TimerKey(TimerKind.Advance, new Epoch(0), new View(1))), Now));
        var journal = effects.OfType<PersistEffect>().Select(p => p.Record).ToArray();
        var before = effects.OfType<BroadcastEffect>().Select(b => b.Message).OfType<VoteMessage>().Select(v => v.Vote).ToArray();
        Assert.Equal(2, before.Length);
        var again = _four.Core(2);
        foreach (var record in journal) again.Replay(record);
        var after = again.Step(new StartedEvent(), Now + 5).OfType<BroadcastEffect>().Select(b => b.Message).OfType<VoteMessage>().Select(v => v.Vote);
        Assert.Equal(before, after);
    }

    [Fact]
    public void A_replay_cut_at_any_record_never_leads_to_a_second_content_in_a_slot()
    {
        var core = _four.Started(1);
        var effects = core.Step(new SubmitEvent(1, ModelLedger.Make(ModelEntryKind.Plain, 1)), Now).ToList();
        var first = effects.OfType<BroadcastEffect>().Select(b => b.Message).OfType<ProposeMessage>().Single();
        var journal = effects.OfType<PersistEffect>().Select(p => p.Record).ToArray();
        for (var kept = 0; kept <= journal.Length; kept++)
        {
            var again = _four.Core(1);
            foreach (var record in journal[..kept]) again.Replay(record);
            var said = again.Step(new StartedEvent(), Now + 50).ToList();
            said.AddRange(again.Step(new SubmitEvent(2, ModelLedger.Make(ModelEntryKind.Plain, 2)), Now + 60));
            var proposed = said.OfType<BroadcastEffect>().Select(b => b.Message).OfType<ProposeMessage>().ToArray();
            var hasVoted = journal[..kept].Any(r => r is VoteRecord);
            if (hasVoted) Assert.All(proposed, p => Assert.Equal(first.Header.Hash, p.Header.Hash));
            else Assert.True(kept < journal.Length);
        }
    }

    [Fact]
    public void A_leader_proposes_what_another_handed_on_as_soon_as_its_payload_is_here()
    {
        HashSet<ulong> payloads = [];
        var core = new CoreFixture { Ledger = new ModelLedger(payloads) }.Started(1);
        var entry = ModelLedger.Make(ModelEntryKind.WithPayload, 7);
        Assert.Equal(3, Assert.IsType<FetchPayloadsEffect>(Assert.Single(Tell(core, 3, new SubmitMessage(entry)))).Holder);
        Assert.Empty(core.Step(new PayloadsEvent(), Now));
        payloads.Add(7);
        var propose = core.Step(new PayloadsEvent(), Now).OfType<BroadcastEffect>().Select(b => b.Message).OfType<ProposeMessage>().Single();
        Assert.Equal([entry.Id], propose.EntryIds);
    }

    [Fact]
    public void A_participant_has_no_more_payloads_fetched_than_its_share_until_a_block_is_final()
    {
        HashSet<ulong> payloads = [];
        var fixture = new CoreFixture { Ledger = new ModelLedger(payloads) };
        var core = fixture.Started(2);
        int Fetched(ulong from, int count) => Enumerable.Range(0, count).Sum(i => Tell(core, 3, new SubmitMessage(ModelLedger.Make(ModelEntryKind.WithPayload, from + (ulong)i))).OfType<FetchPayloadsEffect>().Count());
        Assert.Equal(ConsensusLimits.MaxHeldPerBlock, Fetched(100, 3 * ConsensusLimits.MaxHeldPerBlock));
        Assert.Single(Tell(core, 0, new SubmitMessage(ModelLedger.Make(ModelEntryKind.WithPayload, 1))).OfType<FetchPayloadsEffect>());

        var propose = fixture.Propose(1, null, null, FromGenesis);
        ProposeTo(core, propose);
        Tell(core, 0, new CertificatesMessage([fixture.Certificate(VoteKind.Notarize, 1, propose.Header.Hash), fixture.Certificate(VoteKind.Finalize, 1, propose.Header.Hash)]));
        Assert.Equal(1UL, core.FinalizedHeight);
        Assert.Equal(ConsensusLimits.MaxHeldPerBlock, Fetched(200, 3 * ConsensusLimits.MaxHeldPerBlock));
    }

    [Fact]
    public void A_timer_of_an_earlier_view_changes_nothing()
    {
        var core = _four.Started(2);
        Tell(core, 0, new CertificatesMessage([_four.Certificate(VoteKind.Nullify, 5)]));
        Assert.Equal(new View(6), core.CurrentView);
        Assert.Empty(core.Step(new TimerEvent(new TimerKey(TimerKind.Leader, new Epoch(0), new View(5))), Now));
        Assert.Empty(core.Step(new TimerEvent(new TimerKey(TimerKind.Leader, new Epoch(1), new View(6))), Now));
    }

    [Fact]
    public void A_participant_that_lags_reaches_the_current_view_by_one_certificate()
    {
        var core = _four.Started(3);
        Tell(core, 0, new CertificatesMessage([_four.Certificate(VoteKind.Nullify, 1_000_000)]));
        Assert.Equal(new View(1_000_001), core.CurrentView);
    }

    [Fact]
    public void A_certificate_below_the_quorum_or_with_one_wrong_signature_is_nothing()
    {
        var core = _four.Started(3);
        Tell(core, 0, new CertificatesMessage([_four.Certificate(VoteKind.Nullify, 1, default, 0, 1)]));
        var good = _four.Certificate(VoteKind.Nullify, 1);
        var wrong = new Certificate(
            VoteKind.Nullify, new Epoch(0), new View(1), default, [0, 1, 2],
            [good.Signatures[0], good.Signatures[1], _four.Vote(2, VoteKind.Nullify, 2).Signature]);
        Tell(core, 0, new CertificatesMessage([wrong]));
        Assert.Equal(new View(1), core.CurrentView);
    }

    [Fact]
    public void Two_blocks_of_one_leader_are_evidence_and_get_at_most_one_vote()
    {
        var core = _four.Started(2);
        var one = _four.Propose(1, null, null, FromGenesis);
        var other = _four.Propose(1, null, null, FromGenesis, ModelLedger.Make(ModelEntryKind.Plain, 9));
        var effects = ProposeTo(core, one).Concat(ProposeTo(core, other)).ToList();
        Assert.Single(effects, e => e is BroadcastEffect { Message: VoteMessage { Vote.Kind: VoteKind.Notarize } });
        var evidence = effects.OfType<EvidenceEffect>().Single().Evidence;
        Assert.Equal(1, evidence.Culprit);
        Assert.True(evidence.Verify(_four.ChainId, new OracleKeys(4, 1)));
        Assert.False((evidence with { Second = evidence.First }).Verify(_four.ChainId, new OracleKeys(4, 1)));
    }

    [Fact]
    public void A_proposal_without_every_nullification_between_is_answered_by_a_nullify()
    {
        var core = _four.Started(2);
        Tell(core, 0, new CertificatesMessage([_four.Certificate(VoteKind.Nullify, 4, default, 0, 1, 3)]));
        var gap = new Justification(null,
        [
            _four.Certificate(VoteKind.Nullify, 1, default, 0, 1, 3), _four.Certificate(VoteKind.Nullify, 2, default, 0, 1, 3),
            _four.Certificate(VoteKind.Nullify, 4, default, 0, 1, 3),
        ]);
        var effects = ProposeTo(core, _four.Propose(5, null, null, gap));
        Assert.Contains(effects, e => e is BroadcastEffect { Message: VoteMessage { Vote.Kind: VoteKind.Nullify } });
        Assert.DoesNotContain(effects, e => e is BroadcastEffect { Message: VoteMessage { Vote.Kind: VoteKind.Notarize } });
    }

    [Theory]
    [InlineData("root")]
    [InlineData("size")]
    [InlineData("log time")]
    [InlineData("future")]
    [InlineData("past")]
    [InlineData("first index")]
    [InlineData("set change")]
    public void A_block_with_a_wrong_field_gets_no_vote(string field)
    {
        var core = _four.Started(2);
        var header = _four.Propose(1, null, null, FromGenesis).Header;
        header = field switch
        {
            "root" => header with { RootAfter = Hash256.Of([1]) },
            "size" => header with { SizeAfter = header.SizeAfter + 1 },
            "log time" => header with { LogTimeMs = header.LogTimeMs + 1 },
            "future" => header with { TimeMs = header.TimeMs + 700, LogTimeMs = header.LogTimeMs + 700 },
            "past" => header with { TimeMs = _four.Genesis.TimeMs, LogTimeMs = 0 },
            "first index" => header with { FirstIndex = 1, SizeAfter = 1 },
            _ => header with { SetChange = Hash256.Of([2]) },
        };
        var effects = ProposeTo(core, _four.Signed(header, FromGenesis, []));
        Assert.DoesNotContain(effects, e => e is BroadcastEffect { Message: VoteMessage { Vote.Kind: VoteKind.Notarize } });
        Assert.Contains(effects, e => e is BroadcastEffect { Message: VoteMessage { Vote.Kind: VoteKind.Nullify } });
    }

    [Fact]
    public void Descendants_of_a_stop_block_hold_no_entries_and_the_epoch_ends_at_it()
    {
        var core = _four.Started(0);
        var stop = _four.Propose(1, null, null, FromGenesis, ModelLedger.Make(ModelEntryKind.SetChange, 1));
        Tell(core, 3, new SubmitMessage(ModelLedger.Make(ModelEntryKind.SetChange, 1)));
        Assert.Contains(ProposeTo(core, stop), e => e is BroadcastEffect { Message: VoteMessage { Vote.Kind: VoteKind.Notarize } });
        var notarization = _four.Certificate(VoteKind.Notarize, 1, stop.Header.Hash);
        Tell(core, 1, new CertificatesMessage([notarization]));
        var state = (ModelState)_four.Ledger.Apply(
            _four.Ledger.Genesis, new BlockContext(new Epoch(0), new View(1), 1, Now, 1000, 0), [ModelLedger.Make(ModelEntryKind.SetChange, 1)]).State!;
        Tell(core, 3, new SubmitMessage(ModelLedger.Make(ModelEntryKind.Plain, 2)));
        var because = new Justification(notarization, []);
        var effects = ProposeTo(core, _four.Propose(2, stop.Header, state, because, ModelLedger.Make(ModelEntryKind.Plain, 2)));
        Assert.DoesNotContain(effects, e => e is BroadcastEffect { Message: VoteMessage { Vote: { Kind: VoteKind.Notarize, View.Number: 2 } } });
        effects = Tell(core, 1, new CertificatesMessage([_four.Certificate(VoteKind.Finalize, 1, stop.Header.Hash)]));
        Assert.Single(effects.OfType<CommitEffect>());
        Assert.Single(effects.OfType<EpochEndedEffect>());
        Assert.Empty(core.Step(new SubmitEvent(5, ModelLedger.Make(ModelEntryKind.Plain, 3)), Now).OfType<ArmTimerEffect>());
    }

    [Fact]
    public void A_finalization_without_the_notarization_of_its_block_commits_nothing()
    {
        var core = _four.Started(2);
        var propose = _four.Propose(1, null, null, FromGenesis);
        ProposeTo(core, propose);
        var effects = Tell(core, 0, new CertificatesMessage([_four.Certificate(VoteKind.Finalize, 1, propose.Header.Hash)]));
        Assert.Empty(effects.OfType<CommitEffect>());
        effects = Tell(core, 0, new CertificatesMessage([_four.Certificate(VoteKind.Notarize, 1, propose.Header.Hash)]));
        Assert.Single(effects.OfType<CommitEffect>());
    }

    [Fact]
    public void A_vote_of_the_own_key_that_the_journal_does_not_know_ends_the_voting_for_good()
    {
        var core = _four.Started(2);
        var effects = Tell(core, 0, new VoteMessage(_four.Vote(2, VoteKind.Nullify, 1)));
        var stopped = effects.OfType<PersistEffect>().Select(p => p.Record).OfType<StoppedRecord>().Single();
        Assert.Single(effects.OfType<VotingStoppedEffect>());
        Assert.False(core.MayVote);
        Assert.False(_four.Started(2, stopped).MayVote);
    }

    [Fact]
    public void A_participant_without_a_key_follows_and_commits_but_never_votes()
    {
        var core = _four.Core(2, follows: true);
        core.Step(new StartedEvent(), Now);
        var propose = _four.Propose(1, null, null, FromGenesis);
        var effects = ProposeTo(core, propose);
        effects.AddRange(Tell(core, 0, new CertificatesMessage(
            [_four.Certificate(VoteKind.Notarize, 1, propose.Header.Hash, 0, 1, 3), _four.Certificate(VoteKind.Finalize, 1, propose.Header.Hash, 0, 1, 3)])));
        Assert.DoesNotContain(effects, e => e is BroadcastEffect { Message: VoteMessage });
        Assert.Equal(1UL, core.FinalizedHeight);
    }

    [Fact]
    public void A_peer_that_lies_about_its_height_causes_one_request_and_no_state()
    {
        var core = _four.Started(2);
        var effects = new List<ConsensusEffect>();
        for (var i = 0; i < 100; i++)
            effects.AddRange(Tell(core, 3, new StatusMessage(new Epoch(0), new View(1UL << 50), new View(1UL << 49), 1UL << 48)));
        Assert.True(effects.Count <= 2);
        Assert.Equal(new View(1), core.CurrentView);
    }

    [Fact]
    public void One_source_cannot_fill_the_pool_for_the_others()
    {
        var core = _four.Started(2);
        for (var i = 0UL; i < ConsensusLimits.MaxPoolEntries; i++) Tell(core, 3, new SubmitMessage(ModelLedger.Make(ModelEntryKind.Plain, i)));
        Assert.Equal(ConsensusLimits.MaxPoolEntries / 4, core.PendingEntries);
        var result = core.Step(new SubmitEvent(1, ModelLedger.Make(ModelEntryKind.Plain, 1UL << 40)), Now).OfType<SubmitResultEffect>().Single();
        Assert.Equal(SubmitResult.Accepted, result.Result);
    }

    [Fact]
    public void Votes_for_views_far_ahead_take_no_memory_but_ask_where_the_sender_stands()
    {
        var core = _four.Started(2);
        var effects = Tell(core, 3, new VoteMessage(_four.Vote(3, VoteKind.Nullify, 1000)));
        Assert.IsType<StatusMessage>(Assert.IsType<SendEffect>(Assert.Single(effects)).Message);
    }

    [Fact]
    public void Log_time_follows_the_clock_by_at_most_two_minutes_a_block()
    {
        Assert.Equal(1_500, LogTime.After(10_000, 1_000, 10_500));
        Assert.Equal(121_000, LogTime.After(10_000, 1_000, 10_000_000));
        Assert.Equal(1_000, LogTime.After(10_000, 1_000, 9_000));
    }

    private static List<ConsensusEffect> Tell(ConsensusState core, int from, ConsensusMessage message) =>
        [.. core.Step(new MessageEvent(from, message), Now)];

    private static List<ConsensusEffect> ProposeTo(ConsensusState core, ProposeMessage propose) =>
        Tell(core, (int)(propose.Header.View.Number % 4), propose);
}
