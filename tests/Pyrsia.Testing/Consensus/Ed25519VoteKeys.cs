using System.Buffers.Binary;
using Pyrsia.Consensus;
using Pyrsia.Curve25519;

namespace Pyrsia.Testing.Consensus;

/// <summary>Real Ed25519 keys, the same for the same seed.</summary>
public sealed class Ed25519VoteKeys : IVoteKeys
{
    private readonly Ed25519PrivateKey[] _keys;
    private readonly Ed25519VoteVerifier _verifier;

    public Ed25519VoteKeys(int participants, ulong seed)
    {
        _keys = new Ed25519PrivateKey[participants];
        Span<byte> material = stackalloc byte[32];
        for (var i = 0; i < participants; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(material, seed);
            BinaryPrimitives.WriteInt32LittleEndian(material[8..], i + 1);
            _keys[i] = Ed25519PrivateKey.FromSeed(material);
        }
        _verifier = new Ed25519VoteVerifier(Array.ConvertAll(_keys, k => k.PublicKey));
    }

    public ISigner SignerOf(int participant) => new Ed25519VoteSigner(_keys[participant]);

    public Ed25519PublicKey PublicKeyOf(int participant) => _keys[participant].PublicKey;

    public bool Verify(int signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => _verifier.Verify(signer, message, signature);
}
