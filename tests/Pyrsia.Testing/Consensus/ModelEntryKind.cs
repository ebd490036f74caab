namespace Pyrsia.Testing.Consensus;

public enum ModelEntryKind
{
    Plain = 0,
    WithDeadline = 1,
    WithPayload = 2,
    SetChange = 3,
}
