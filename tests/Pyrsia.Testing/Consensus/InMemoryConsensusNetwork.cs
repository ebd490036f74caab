using System.Collections.Concurrent;
using Pyrsia.Consensus;

namespace Pyrsia.Testing.Consensus;

/// <summary>Carries messages between engines of one process; participants can be cut off, and come back.</summary>
public sealed class InMemoryConsensusNetwork(int participants)
{
    private readonly ConcurrentDictionary<int, ConsensusEngine> _engines = new();

    public IConsensusTransport TransportOf(int participant) => new Transport(this, participant);

    public void Connect(int participant, ConsensusEngine engine)
    {
        _engines[participant] = engine;
        foreach (var (other, its) in _engines)
        {
            if (other == participant) continue;
            its.PeerConnected(participant);
            engine.PeerConnected(other);
        }
    }

    public void Disconnect(int participant) => _engines.TryRemove(participant, out _);

    private void Deliver(int from, int to, ReadOnlyMemory<byte> message)
    {
        if (!_engines.ContainsKey(from) || !_engines.TryGetValue(to, out var engine)) return;
        if (!engine.Receive(from, message.Span)) throw new InvalidOperationException($"participant {from} sent what is no message");
    }

    private sealed class Transport(InMemoryConsensusNetwork network, int self) : IConsensusTransport
    {
        public void Send(int participant, ReadOnlyMemory<byte> message) => network.Deliver(self, participant, message);

        public void Broadcast(ReadOnlyMemory<byte> message)
        {
            for (var to = 0; to < network.Participants; to++)
                if (to != self) network.Deliver(self, to, message);
        }
    }

    private int Participants { get; } = participants;
}
