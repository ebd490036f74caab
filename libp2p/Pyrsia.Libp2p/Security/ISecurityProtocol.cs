namespace Pyrsia.Libp2p;

/// <summary>A security protocol with the keys of this host.</summary>
internal interface ISecurityProtocol : IDisposable
{
    /// <summary>Its name in multistream-select.</summary>
    string ProtocolId { get; }

    /// <summary>Proposes the protocol and runs the dialer's half, whose first message travels with the proposal.</summary>
    /// <exception cref="ProtocolNotSupportedException">The peer does not serve it. The connection is of no further use: the first message stands on it.</exception>
    /// <exception cref="HandshakeException">The handshake failed.</exception>
    /// <exception cref="PeerIdMismatchException">Another peer answered.</exception>
    Task<ISecureChannel> DialAsync(IByteChannel channel, PeerId? expected, CancellationToken cancellationToken);

    /// <summary>Runs the listener's half, after the protocol was agreed on.</summary>
    /// <exception cref="HandshakeException">The handshake failed.</exception>
    Task<ISecureChannel> ListenAsync(IByteChannel channel, InputBuffer input, CancellationToken cancellationToken);
}
