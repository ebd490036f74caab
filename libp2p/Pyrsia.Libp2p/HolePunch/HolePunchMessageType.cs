namespace Pyrsia.Libp2p;

internal enum HolePunchMessageType
{
    Connect = 100,
    Sync = 300,
}
