namespace Pyrsia.Libp2p;

/// <summary>How the value of a multiaddr component is written.</summary>
internal enum MultiaddrValue
{
    None,
    Ip,
    Port,
    Number,
    Text,
    PeerId,
    Multibase,
}
