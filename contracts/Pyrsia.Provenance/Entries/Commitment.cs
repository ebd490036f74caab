using System.Buffers.Binary;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Entries;

/// <summary>A builder binds itself to a result that nobody else can read yet.</summary>
/// <param name="Request">The request.</param>
/// <param name="Attempt">The attempt, from 1.</param>
/// <param name="Builder">The builder's name.</param>
/// <param name="Value">See <see cref="Compute"/>.</param>
public sealed record Commitment(RequestId Request, int Attempt, string Builder, Digest Value) : BuilderEntry(Request, Attempt, Builder)
{
    /// <inheritdoc/>
    public override EntryType Type => EntryType.Commitment;

    /// <summary>
    /// <c>SHA-256("pyrsia-commitment/v1" 0x00 || chain id || request || u32be attempt || SHA-256(builder SPKI) || nonce || SHA-256(statement))</c>:
    /// bound to network, request, attempt and key, so that a commitment copied by another builder can never be revealed.
    /// </summary>
    public static Digest Compute(ChainId chain, RequestId request, int attempt, P256PublicKey builder, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> statement)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (nonce.Length != EntryLimits.NonceLength)
            throw new ArgumentException("a commitment's nonce has 32 bytes", nameof(nonce));
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, attempt);
        var (chainDigest, requestDigest, key, result) = (chain.Value, request.Value, builder.KeyId, Digest.Of(statement));
        return Digest.Of([.. "pyrsia-commitment/v1\0"u8, .. chainDigest.Bytes, .. requestDigest.Bytes, .. number, .. key.Bytes, .. nonce, .. result.Bytes]);
    }

    /// <inheritdoc/>
    public override CanonicalObject ToJson() => CanonicalObject.Of([
        ("request", Request.ToString()), ("attempt", (long)Attempt), ("builder", Builder), ("commitment", Value.Hex)]);

    internal static Commitment Read(FieldReader reader) => new(
        new RequestId(reader.Hex("request")), (int)reader.Integer("attempt", 1, EntryLimits.MaxAttempts),
        reader.String("builder", GenesisDocument.MaxNameLength), reader.Hex("commitment"));
}
