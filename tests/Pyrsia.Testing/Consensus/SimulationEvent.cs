using Pyrsia.Consensus;

namespace Pyrsia.Testing.Consensus;

internal readonly record struct SimulationEvent(
    SimulationEventKind Kind, int Node = 0, int Life = 0, int From = 0, byte[]? Bytes = null, TimerKey Timer = default, ulong Epoch = 0);
