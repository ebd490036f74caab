namespace Pyrsia.Libp2p;

/// <summary>What a server of AutoNAT v1 answers.</summary>
internal enum AutoNatV1Status
{
    Ok = 0,
    DialError = 100,
    DialRefused = 101,
    BadRequest = 200,
    InternalError = 300,
}
