namespace Pyrsia.Testing.Consensus;

internal enum SimulationEventKind
{
    Deliver,
    Timer,
    Submit,
    Payload,
    Restart,
    Crash,
    PowerLoss,
    Partition,
    Redraw,
    Heal,
}
