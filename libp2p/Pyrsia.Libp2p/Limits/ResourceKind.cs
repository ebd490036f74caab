namespace Pyrsia.Libp2p;

/// <summary>What a host gives out within limits.</summary>
public enum ResourceKind
{
    /// <summary>Handshakes of callers that are not finished.</summary>
    Handshakes,

    /// <summary>The same over QUIC, counted apart: where such a caller is has not been proved, so that who forges it takes no place of others than those.</summary>
    QuicHandshakes,

    /// <summary>Connections, whoever dialed.</summary>
    Connections,

    /// <summary>Connections that others dialed.</summary>
    InboundConnections,

    /// <summary>Streams that peers opened.</summary>
    InboundStreams,

    /// <summary>Streams that a protocol's handler has.</summary>
    ProtocolStreams,

    /// <summary>Bytes that the streams which handlers have may hold, counted for their protocols: what they begin with and what their receive windows grow by. A refusal is a window that did not grow; a stream without room counts for <see cref="ProtocolStreams"/>.</summary>
    ProtocolBytes,

    /// <summary>Bytes by which receive windows are larger than the specification's 256 KiB.</summary>
    WindowBytes,
}
