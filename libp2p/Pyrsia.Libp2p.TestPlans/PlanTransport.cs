namespace Pyrsia.Libp2p.TestPlans;

/// <summary>Transports of the matrix that this implementation has.</summary>
public enum PlanTransport
{
    /// <summary>TCP (<c>tcp</c>).</summary>
    Tcp,

    /// <summary>WebSockets over TCP (<c>ws</c>).</summary>
    WebSocket,

    /// <summary>QUIC (<c>quic-v1</c>), which brings its own security protocol and streams.</summary>
    Quic,
}
