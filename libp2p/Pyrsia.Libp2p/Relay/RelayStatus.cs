namespace Pyrsia.Libp2p;

/// <summary>What a relay, or the peer at the end of a circuit, answers. https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md#protobuf</summary>
public enum RelayStatus
{
    /// <summary>Not set.</summary>
    Unused = 0,

    /// <summary>Done.</summary>
    Ok = 100,

    /// <summary>No reservation is given, for example because there are too many.</summary>
    ReservationRefused = 200,

    /// <summary>Too many circuits of one of the two peers, or of all.</summary>
    ResourceLimitExceeded = 201,

    /// <summary>This peer, or this connection, is not served.</summary>
    PermissionDenied = 202,

    /// <summary>The target did not take the circuit.</summary>
    ConnectionFailed = 203,

    /// <summary>The target has no reservation.</summary>
    NoReservation = 204,

    /// <summary>The message could not be read.</summary>
    MalformedMessage = 400,

    /// <summary>The message has no place here.</summary>
    UnexpectedMessage = 401,
}
