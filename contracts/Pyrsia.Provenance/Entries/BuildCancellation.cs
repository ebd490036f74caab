using Pyrsia.Curve25519;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Provenance.Entries;

/// <summary>The asker takes a request back; signed with the key that signed the request, which names the network.</summary>
/// <param name="Request">The request.</param>
/// <param name="Asker">The asker's key. It stands in the payload, so that what another key signs is another entry and takes this one's place nowhere.</param>
public sealed record BuildCancellation(RequestId Request, Ed25519PublicKey Asker) : EntryBody
{
    /// <inheritdoc/>
    public override EntryType Type => EntryType.BuildCancellation;

    /// <inheritdoc/>
    public override CanonicalObject ToJson() => CanonicalObject.Of([("request", Request.ToString()), ("asker", Convert.ToBase64String(Asker.Bytes))]);

    internal static BuildCancellation Read(FieldReader reader) => new(
        new RequestId(reader.Hex("request")),
        Ed25519PublicKey.TryCreate(reader.Base64Exactly("asker", Ed25519PublicKey.Length), out var asker) ? asker : throw reader.Wrong("asker", "an Ed25519 public key"));
}
