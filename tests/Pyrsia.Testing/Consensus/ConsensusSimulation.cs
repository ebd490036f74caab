using Pyrsia.Consensus;

namespace Pyrsia.Testing.Consensus;

/// <summary>
/// One schedule of the consensus core in virtual time: real codec on every message and journal record, loss, repetition, reordering,
/// partitions, crashes at every journal boundary, power loss, twins and liars; then the faults end and everything must be logged.
/// </summary>
internal sealed partial class ConsensusSimulation
{
    /// <summary>Beyond f nothing is promised; forks appear early or not at all.</summary>
    private const long BeyondLimitMs = 500;

    private const long EpochMs = 1_700_000_000_000;
    private readonly SimulationOptions _options;
    private readonly SimulationRandom _random;
    private readonly PriorityQueue<SimulationEvent, ulong> _queue = new(256);
    private readonly List<SimulatedNode> _nodes = [];
    private readonly IVoteKeys _keys;
    private readonly MessageCodec _codec;
    private readonly JournalRecordCodec _records;
    private readonly ConsensusTiming _timing;
    private readonly EpochGenesis _genesis;
    private readonly Hash256 _chainId;
    private readonly int _n;
    private readonly int _byzantine;
    private ulong _sequence;
    private long _now;
    private bool _healed;
    private int _events;
    private int _restarts;
    private string? _violation;

    private ConsensusSimulation(SimulationOptions options)
    {
        _options = options;
        _n = options.Participants;
        _random = new SimulationRandom(options.Seed);
        _keys = options.Keys ?? new OracleKeys(_n, options.Seed);
        _codec = new MessageCodec(_n);
        _records = new JournalRecordCodec(_n);
        _chainId = new Hash256(ChainIdBytes);
        _genesis = new EpochGenesis(_chainId, 0, EpochMs - 1000, 0, 0, default);
        var faults = ConsensusParameters.FaultsOf(_n);
        _byzantine = options.Byzantine ?? (_random.Chance(6000) ? _random.Between(1, Math.Max(1, faults)) : 0);
        if (faults == 0 && options.Byzantine is null) _byzantine = 0;
        _minDelayMs = options.NetworkDelayMs ?? 1;
        _maxDelayMs = options.NetworkDelayMs is { } fixedDelay ? fixedDelay + 2 : _random.Between(2, 15);
        _lossRate = _random.Chance(5000) ? _random.Below(2500) : 0;
        _repeatRate = _random.Chance(3000) ? _random.Below(2000) : 0;
        _crashRate = _random.Chance(6000) ? _random.Below(400) : 0;
        var delay = options.DelayMs ?? (_random.Chance(1000) ? 3 : 40);
        _timing = new ConsensusTiming
        {
            Delay = TimeSpan.FromMilliseconds(delay),
            MaxDelay = TimeSpan.FromMilliseconds(1000),
            Heartbeat = TimeSpan.FromSeconds(60),
        };
        _blocked = new bool[_n, _n];
        _audience = new int[_n];
        for (var i = 0; i < _n; i++)
        {
            if (i >= _byzantine) Add(i, NodeNature.Honest);
            else if (_random.Chance(BeyondTolerance ? 2000 : 5000)) Add(i, NodeNature.Liar);
            else
            {
                Add(i, NodeNature.Twin);
                Add(i, NodeNature.Twin);
            }
        }
    }

    private static ReadOnlySpan<byte> ChainIdBytes => "simulated chain, 32 bytes long.."u8;

    private bool BeyondTolerance => _byzantine > ConsensusParameters.FaultsOf(_n);

    public static SimulationOutcome Run(SimulationOptions options) => new ConsensusSimulation(options).Run();

    private SimulationOutcome Run()
    {
        PlanFaults();
        foreach (var node in _nodes) Boot(node);
        while (_violation is null && _queue.TryDequeue(out var next, out var priority))
        {
            _now = (long)(priority >> 24);
            _events++;
            Handle(next);
            if (!_healed) continue;
            if (IsComplete()) break;
            if (_now > _healAt + (BeyondTolerance ? BeyondLimitMs : _options.LivenessLimitMs))
            {
                if (!BeyondTolerance) Violate($"not everything is logged {_options.LivenessLimitMs} ms after the faults ended: {Describe()}");
                break;
            }
        }
        if (_violation is null && !BeyondTolerance && !IsComplete()) Violate($"everything stopped with entries missing: {Describe()}");
        var (forked, culprits) = BeyondTolerance ? FindFork() : (false, 0);
        return new SimulationOutcome(_violation, _events, _restarts, _chain.Count, forked, culprits, (int)_epoch);
    }

    private void Add(int participant, NodeNature nature)
    {
        var node = new SimulatedNode(_nodes.Count, participant, nature) { ClockSkewMs = _random.Between(-100, 100) };
        node.Ledger = new ModelLedger(node.Payloads);
        _nodes.Add(node);
    }

    private void Enqueue(long at, SimulationEvent what) =>
        _queue.Enqueue(what, ((ulong)at << 24) | (_sequence++ & 0xFFFFFF));

    private void Violate(string what) => _violation ??= what;

    private void Boot(SimulatedNode node)
    {
        var stop = node.Finalized.FindLastIndex(f => _options.Epochs && !f.Block.Header.SetChange.IsZero);
        var genesis = stop < 0 ? _genesis : new EpochEnd(node.Finalized[stop].Block, node.Finalized[stop].State, []).Genesis;
        (node.Epoch, node.HasEnded) = (stop < 0 ? 0 : node.Finalized[stop].Block.Header.Epoch.Number + 1, false);
        var parameters = new ConsensusParameters
        {
            ChainId = _chainId,
            Epoch = new Epoch(node.Epoch),
            Participants = _n,
            Self = node.Participant,
            Timing = _timing,
        };
        var (last, state) = node.Finalized.Count == 0 ? (null, node.Ledger.Genesis) : node.Finalized[^1];
        var tip = stop == node.Finalized.Count - 1 ? null : last;
        var rules = node.IsHonest ? _options.Rules : ByzantineRules.Instance;
        node.Life++;
        node.State = new ConsensusState(
            parameters, _keys.SignerOf(node.Participant), _keys, node.Ledger, genesis, tip, state, rules);
        foreach (var (kind, payload) in node.Journal)
        {
            if (_records.Decode(kind, payload) is not { } record)
            {
                Violate("a journal record does not decode");
                return;
            }
            node.State.Replay(record);
        }
        Step(node, new StartedEvent());
    }

    private void Handle(SimulationEvent what)
    {
        switch (what.Kind)
        {
            case SimulationEventKind.Deliver:
                Deliver(_nodes[what.Node], what.From, what.Bytes!, what.Epoch);
                break;
            case SimulationEventKind.Timer when _nodes[what.Node] is { IsUp: true } node && node.Life == what.Life:
                Step(node, new TimerEvent(what.Timer));
                break;
            case SimulationEventKind.Submit:
                Submit(_nodes[what.Node], what.Life);
                break;
            case SimulationEventKind.Payload when _nodes[what.Node] is { IsUp: true } node:
                node.Payloads.Add((ulong)what.From);
                Step(node, new PayloadsEvent());
                break;
            case SimulationEventKind.Restart when !_nodes[what.Node].IsUp:
                Boot(_nodes[what.Node]);
                break;
            case SimulationEventKind.Crash:
                Crash(_nodes[what.Node]);
                break;
            case SimulationEventKind.PowerLoss:
                foreach (var node in _nodes) Crash(node);
                break;
            case SimulationEventKind.Partition:
                Partition();
                break;
            case SimulationEventKind.Redraw:
                Redraw();
                break;
            case SimulationEventKind.Heal:
                Heal();
                break;
        }
    }

    private void Deliver(SimulatedNode node, int from, byte[] bytes, ulong epoch)
    {
        if (!node.IsUp) return;
        if (epoch != node.Epoch)
        {
            Step(node, epoch > node.Epoch ? new LaterEpochEvent(from) : new EarlierEpochEvent(from, _codec.Decode(bytes) is GetBlockMessage get ? get.FinalizedHeight : null));
            return;
        }
        if (_codec.Decode(bytes) is not { } message)
        {
            Violate($"a message of participant {from} does not decode");
            return;
        }
        if (node.Nature == NodeNature.Liar) Listen(message);
        Step(node, new MessageEvent(from, message));
    }

    /// <summary>A step and its effects in the order of a disk and a network: write, sync, then speak and commit. A crash may cut it anywhere.</summary>
    private void Step(SimulatedNode node, ConsensusEvent happened)
    {
        var effects = node.State!.Step(happened, EpochMs + _now + node.ClockSkewMs);
        if (_options.Trace is { } trace) Tell(trace, node, happened, effects);
        var writes = 0;
        foreach (var effect in effects)
            if (effect is PersistEffect) writes++;
        var cut = int.MaxValue;
        if (!_healed && writes > 0 && node.IsHonest && _random.Chance(_crashRate)) cut = _random.Below(effects.Count + 1);
        var done = 0;
        foreach (var effect in effects)
        {
            if (effect is not PersistEffect { Record: var record }) continue;
            if (done++ < cut) node.Journal.Add((record.Kind, _records.Encode(record).ToArray()));
        }
        foreach (var effect in effects)
        {
            if (effect is PersistEffect) continue;
            if (done++ >= cut) break;
            Perform(node, effect);
            if (_violation is not null) return;
        }
        if (cut != int.MaxValue) Crash(node);
        else if (node.HasEnded && _options.Epochs) Boot(node);
        else if (node.NeedsCompaction) Compact(node);
    }

    private void Tell(Action<string> trace, SimulatedNode node, ConsensusEvent happened, IReadOnlyList<ConsensusEffect> effects)
    {
        var what = happened is MessageEvent message ? $"from {message.From} {Short(message.Message)}" : happened.ToString();
        trace($"{_now,6} node {node.Index} (participant {node.Participant}, view {node.State!.CurrentView}, final {node.State.FinalizedView}): {what}");
        foreach (var effect in effects)
        {
            trace("         -> " + effect switch
            {
                BroadcastEffect broadcast => $"broadcast {Short(broadcast.Message)}",
                SendEffect send => $"send {send.To} {Short(send.Message)}",
                PersistEffect persist => $"persist {persist.Record.Kind}",
                CommitEffect commit => $"commit {commit.Block.Height} {commit.Block.Header.View}",
                _ => effect.ToString(),
            });
        }
    }

    private static string Short(ConsensusMessage message) => message switch
    {
        VoteMessage { Vote: var vote } => $"{vote.Kind} {vote.View} {vote.Block.ToString()[..6]} by {vote.Signer}",
        ProposeMessage propose => $"Propose {propose.Header.View} {propose.Header.Hash.ToString()[..6]} on {propose.Header.ParentView} x{propose.Header.Count}",
        CertificatesMessage certificates => $"Certificates {string.Join(", ", certificates.Certificates.Select(c => c.ToString()))}",
        BlockMessage block => $"Block {block.Header.View} {block.Header.Hash.ToString()[..6]}",
        _ => message.ToString(),
    };

    private void Perform(SimulatedNode node, ConsensusEffect effect)
    {
        switch (effect)
        {
            case BroadcastEffect broadcast:
                CheckSpoken(node, broadcast.Message);
                var bytes = _codec.Encode(broadcast.Message);
                for (var to = 0; to < _n; to++) Transmit(node, to, broadcast.Message, bytes, node.Epoch);
                break;
            case SendEffect send:
                CheckSpoken(node, send.Message);
                Transmit(node, send.To, send.Message, _codec.Encode(send.Message), node.Epoch);
                break;
            case ArmTimerEffect timer:
                Enqueue(_now + timer.DelayMs, new SimulationEvent(SimulationEventKind.Timer, node.Index, node.Life, Timer: timer.Timer));
                break;
            case CommitEffect commit:
                OnCommit(node, commit);
                break;
            case ServeFinalizedEffect serve:
                Serve(node, serve);
                break;
            case FetchPayloadsEffect fetch:
                foreach (var payload in fetch.Payloads)
                    if (_healed || !_random.Chance(3000))
                        Enqueue(_now + _random.Between(5, 40), new SimulationEvent(SimulationEventKind.Payload, node.Index, From: payload.ToArray()[7]));
                break;
            case SubmitResultEffect { Result: SubmitResult.Accepted } accepted when node.IsHonest:
                _expected.Add((ulong)accepted.Token);
                break;
            case EvidenceEffect evidence:
                CheckEvidence(evidence.Evidence);
                break;
            case EpochEndedEffect:
                node.HasEnded = true;
                break;
            case HaltEffect halt when node.IsHonest && !BeyondTolerance:
                Violate($"participant {node.Participant} halts: {halt.Reason}");
                break;
            case VotingStoppedEffect stopped when node.IsHonest && !BeyondTolerance:
                Violate($"participant {node.Participant} stops voting: {stopped.Reason}");
                break;
        }
    }

    private void Serve(SimulatedNode node, ServeFinalizedEffect serve)
    {
        for (var i = (int)serve.FromHeight - 1; i < node.Finalized.Count && i < (int)serve.FromHeight - 1 + ConsensusLimits.MaxFinalizedPerAnswer; i++)
        {
            var stored = node.Finalized[i].Block;
            foreach (var block in stored.Proof.Prepend(stored))
            {
                var message = new BlockMessage(block.Header, block.Justification, [.. block.Entries], block.Notarization, block.Finalization);
                Transmit(node, serve.To, message, _codec.Encode(message), block.Header.Epoch.Number);
            }
        }
    }
}
