namespace Pyrsia.Libp2p;

/// <summary>What became of a request.</summary>
internal enum AutoNatV2Status
{
    InternalError = 0,
    RequestRejected = 100,
    DialRefused = 101,
    Ok = 200,
}

/// <summary>What became of the dial.</summary>
internal enum AutoNatV2DialStatus
{
    Unused = 0,
    DialError = 100,
    DialBackError = 101,
    Ok = 200,
}
