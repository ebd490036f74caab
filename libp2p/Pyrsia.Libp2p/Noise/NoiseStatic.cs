using Pyrsia.Curve25519;

namespace Pyrsia.Libp2p;

/// <summary>The noise key of this process and the payload that binds it to the identity; made once, since the signature never changes.</summary>
internal sealed class NoiseStatic : ISecurityProtocol
{
    public NoiseStatic(KeyPair identity, IReadOnlyList<string> muxers)
    {
        Key = X25519PrivateKey.Generate();
        Muxers = muxers;
        Payload = NoisePayload.Create(identity, Key.PublicKey, muxers);
    }

    public X25519PrivateKey Key { get; }

    public IReadOnlyList<string> Muxers { get; }

    public byte[] Payload { get; }

    public string ProtocolId => NoiseUpgrade.ProtocolId;

    public async Task<ISecureChannel> DialAsync(IByteChannel channel, PeerId? expected, CancellationToken cancellationToken) =>
        await NoiseUpgrade.DialAsync(channel, this, expected, cancellationToken).ConfigureAwait(false);

    public async Task<ISecureChannel> ListenAsync(IByteChannel channel, InputBuffer input, CancellationToken cancellationToken) =>
        await NoiseUpgrade.ListenAsync(channel, input, this, cancellationToken).ConfigureAwait(false);

    public void Dispose() => Key.Dispose();
}
