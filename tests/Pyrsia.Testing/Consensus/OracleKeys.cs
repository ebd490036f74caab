using System.Buffers.Binary;
using System.Numerics;
using Pyrsia.Consensus;

namespace Pyrsia.Testing.Consensus;

/// <summary>
/// Signatures that nobody but the oracle can make: a keyed 128-bit mix of the message under a secret that stays in here. The simulated liars
/// have no way to the secrets of others, so no forgery exists, at a hundredth of the price of a real signature.
/// </summary>
public sealed class OracleKeys : IVoteKeys
{
    private readonly ulong[] _secrets;

    public OracleKeys(int participants, ulong seed)
    {
        var random = new SimulationRandom(seed ^ 0x5EC2E7);
        _secrets = new ulong[participants];
        for (var i = 0; i < participants; i++) _secrets[i] = random.Next();
    }

    public ISigner SignerOf(int participant) => new OracleSigner(_secrets[participant]);

    public bool Verify(int signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Span<byte> expected = stackalloc byte[VoteSignature.Size];
        Mix(_secrets[signer], message, expected);
        return signature.SequenceEqual(expected);
    }

    private static void Mix(ulong secret, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        unchecked
        {
            var a = secret;
            var b = ~secret;
            while (message.Length >= 8)
            {
                var word = BinaryPrimitives.ReadUInt64LittleEndian(message);
                a = BitOperations.RotateLeft((a ^ word) * 0x9E3779B97F4A7C15, 29);
                b = BitOperations.RotateLeft((b + word) * 0xBF58476D1CE4E5B9, 37);
                message = message[8..];
            }
            foreach (var rest in message) a = (a ^ rest) * 0x94D049BB133111EB;
            a ^= b >> 31;
            b ^= a >> 29;
            signature.Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(signature, a * 0x9E3779B97F4A7C15);
            BinaryPrimitives.WriteUInt64LittleEndian(signature[8..], b * 0xBF58476D1CE4E5B9);
        }
    }

    private sealed class OracleSigner(ulong secret) : ISigner
    {
        public void Sign(ReadOnlySpan<byte> message, Span<byte> signature) => Mix(secret, message, signature);
    }
}
