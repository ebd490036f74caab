using Pyrsia.Consensus;

namespace Pyrsia.Testing.Consensus;

/// <summary>What goes wrong, and when it ends.</summary>
internal sealed partial class ConsensusSimulation
{
    private readonly bool[,] _blocked;
    private readonly int[] _audience;
    private readonly int _minDelayMs;
    private readonly int _maxDelayMs;
    private readonly int _lossRate;
    private readonly int _repeatRate;
    private readonly int _crashRate;
    private long _healAt;
    private ulong _nextKey = 1;

    private void PlanFaults()
    {
        _healAt = _random.Between(100, 500);
        Enqueue(_healAt, new SimulationEvent(SimulationEventKind.Heal));
        for (var i = _random.Between(1, 4); i > 0; i--) PlanSubmit(_random.Below((int)_healAt));
        PlanSubmit(_healAt + _random.Below(100));
        for (var i = _random.Below(3); i > 0; i--) Enqueue(_random.Below((int)_healAt), new SimulationEvent(SimulationEventKind.Partition));
        for (var i = _random.Below(3); i > 0; i--)
            Enqueue(_random.Below((int)_healAt), new SimulationEvent(SimulationEventKind.Crash, _random.Below(_nodes.Count)));
        if (_random.Chance(2500)) Enqueue(_random.Below((int)_healAt), new SimulationEvent(SimulationEventKind.PowerLoss));
        if (_byzantine == 0) return;
        Redraw();
        if (BeyondTolerance)
        {
            SplitByAudience();
            return;
        }
        for (var i = _random.Below(6); i > 0; i--) Enqueue(_random.Below((int)_healAt), new SimulationEvent(SimulationEventKind.Redraw));
    }

    private void PlanSubmit(long at)
    {
        // What an entry is follows from its key, so that a client can hand the same one to another participant.
        Enqueue(at, new SimulationEvent(SimulationEventKind.Submit, _random.Below(_nodes.Count), (int)_nextKey++));
    }

    private void Submit(SimulatedNode node, int key)
    {
        if (!node.IsUp || !node.IsHonest)
        {
            // The client tries another participant until one takes it.
            if (_now < _healAt + 1000)
                Enqueue(_now + 20, new SimulationEvent(SimulationEventKind.Submit, _random.Below(_nodes.Count), key));
            return;
        }
        var draw = (_options.Seed + (ulong)key) % 40;
        var kind = draw switch
        {
            > 30 when _options.Epochs => ModelEntryKind.SetChange,
            < 6 => ModelEntryKind.WithDeadline,
            < 12 => ModelEntryKind.WithPayload,
            12 when key <= 2 => ModelEntryKind.SetChange,
            _ => ModelEntryKind.Plain,
        };
        if (kind == ModelEntryKind.WithPayload) node.Payloads.Add((ulong)key);
        Step(node, new SubmitEvent(key, ModelLedger.Make(kind, (ulong)key)));
    }

    private void Crash(SimulatedNode node)
    {
        if (!node.IsUp) return;
        node.State = null;
        node.Life++;
        _restarts++;
        var back = _healed ? 0 : _random.Between(1, 150);
        Enqueue(Math.Min(_now + back, Math.Max(_now, _healAt)), new SimulationEvent(SimulationEventKind.Restart, node.Index));
    }

    /// <summary>Cuts some directions between participants: a split, a one-way loss, or one participant cut off.</summary>
    private void Partition()
    {
        if (_healed || BeyondTolerance) return;
        var way = _random.Below(3);
        var sides = _random.Next();
        for (var from = 0; from < _n; from++)
        {
            for (var to = 0; to < _n; to++)
            {
                _blocked[from, to] = way switch
                {
                    0 => ((sides >> from) & 1) != ((sides >> to) & 1),
                    1 => ((sides >> from) & 1) == 1 && ((sides >> to) & 1) == 0,
                    _ => _random.Chance(2500),
                };
            }
        }
    }

    /// <summary>The attack that forks: each part of the honest participants lives with its own copy of every twin, and never hears the rest.</summary>
    private void SplitByAudience()
    {
        for (var i = 0; i < _n; i++) _audience[i] = _random.Below(2);
        for (var from = _byzantine; from < _n; from++)
            for (var to = _byzantine; to < _n; to++)
                _blocked[from, to] = _audience[from] != _audience[to];
    }

    private void Redraw()
    {
        for (var i = 0; i < _n; i++) _audience[i] = _random.Chance(1000) ? 2 : _random.Below(2);
    }

    private void Heal()
    {
        _healed = true;
        if (!BeyondTolerance) Array.Clear(_blocked);
        foreach (var node in _nodes)
            if (!node.IsUp) Boot(node);
        foreach (var node in _nodes)
            for (var peer = 0; peer < _n; peer++)
                if (peer != node.Participant && _violation is null) Step(node, new PeerConnectedEvent(peer));
    }

    private void Transmit(SimulatedNode from, int to, ConsensusMessage message, byte[] bytes, ulong epoch)
    {
        if (to == from.Participant || _blocked[from.Participant, to]) return;
        if (from.Nature == NodeNature.Liar && Distort(from, message) is { } lie)
        {
            if (lie.Length == 0) return;
            bytes = lie;
        }
        foreach (var target in _nodes)
        {
            if (target.Participant != to || !Hears(from, target)) continue;
            if (!_healed && _random.Chance(_lossRate)) continue;
            Enqueue(
                _now + _random.Between(_minDelayMs, _maxDelayMs),
                new SimulationEvent(SimulationEventKind.Deliver, target.Index, From: from.Participant, Bytes: bytes, Epoch: epoch));
            if (!_healed && _random.Chance(_repeatRate))
                Enqueue(
                    _now + _random.Between(1, _maxDelayMs * 8),
                    new SimulationEvent(SimulationEventKind.Deliver, target.Index, From: from.Participant, Bytes: bytes, Epoch: epoch));
        }
    }

    /// <summary>Each of two twins is heard by, and hears, its own part of the others.</summary>
    private bool Hears(SimulatedNode from, SimulatedNode to)
    {
        if (from.Nature == NodeNature.Twin && to.Nature == NodeNature.Twin) return CopyOf(from) == CopyOf(to);
        if (from.Nature == NodeNature.Twin) return IsCopyFor(from, to.Participant);
        return to.Nature != NodeNature.Twin || IsCopyFor(to, from.Participant);
    }

    private bool IsCopyFor(SimulatedNode twin, int other) => _audience[other] == 2 || _audience[other] == CopyOf(twin);

    private int CopyOf(SimulatedNode twin) => twin.Index > 0 && _nodes[twin.Index - 1].Participant == twin.Participant ? 1 : 0;
}
