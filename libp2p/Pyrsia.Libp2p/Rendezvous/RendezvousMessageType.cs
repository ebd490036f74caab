namespace Pyrsia.Libp2p;

internal enum RendezvousMessageType
{
    Register = 0,
    RegisterResponse = 1,
    Unregister = 2,
    Discover = 3,
    DiscoverResponse = 4,
}
