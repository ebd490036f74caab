using Pyrsia.Curve25519;

namespace Pyrsia.Libp2p;

/// <summary>The noise key of this process and the payload that binds it to the identity; made once, since the signature never changes.</summary>
internal sealed class NoiseStatic : IDisposable
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

    public void Dispose() => Key.Dispose();
}
