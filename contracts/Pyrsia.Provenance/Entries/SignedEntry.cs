using System.Diagnostics.CodeAnalysis;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Provenance.Entries;

/// <summary>
/// An entry that somebody signed: a DSSE signature over its payload, in a leaf of the shape of Rekor's hashedrekord 0.0.2, so that
/// stock Sigstore verifiers read it. The payload stands in the leaf, or, when it is long, beside it under its digest.
/// </summary>
public sealed class SignedEntry : LogEntry
{
    private const string ApiVersion = "0.0.2";
    private const string Kind = "hashedrekord";
    private const string HashAlgorithm = "SHA2_256";
    private readonly Parts _parts;

    private SignedEntry(EntryType type, ReadOnlyMemory<byte> leaf, Parts parts, EntryBody? body)
        : base(type, leaf)
    {
        _parts = parts;
        Body = body;
    }

    private sealed record Parts(
        Digest PaeDigest, byte[] Signature, SignerKey Signer, ReadOnlyMemory<byte> Nonce, ReadOnlyMemory<byte> Payload, Digest PayloadDigest, int PayloadSize, bool Inline);

    /// <summary>What the payload says; null while a payload by digest is not attached.</summary>
    public EntryBody? Body { get; }

    /// <summary>Who signed.</summary>
    public SignerKey Signer => _parts.Signer;

    /// <summary>The DSSE signature.</summary>
    public ReadOnlyMemory<byte> Signature => _parts.Signature;

    /// <summary>The 32 bytes that open the builder's commitment; empty but in a result.</summary>
    public ReadOnlyMemory<byte> Nonce => _parts.Nonce;

    /// <summary>The signed payload; empty while it is not attached.</summary>
    public ReadOnlyMemory<byte> Payload => _parts.Payload;

    /// <summary>SHA-256 of the payload; of a request it is the request id.</summary>
    public Digest PayloadDigest => _parts.PayloadDigest;

    /// <summary>Bytes of the payload.</summary>
    public int PayloadSize => _parts.PayloadSize;

    /// <summary>Whether the payload stands in the leaf.</summary>
    public bool IsPayloadInline => _parts.Inline;

    /// <summary>Whether the signature verifies over the payload; false while the payload is not attached.</summary>
    public bool VerifySignature()
    {
        if (Body is null)
            return false;
        var pae = Dsse.Pae(Type.PayloadType(), Payload.Span);
        return Digest.Of(pae) == _parts.PaeDigest && Signer.Verify(pae, _parts.Signature);
    }

    /// <summary>The same entry with the payload that its digest names.</summary>
    public bool TryAttach(ReadOnlyMemory<byte> payload, [NotNullWhen(true)] out SignedEntry? entry, [NotNullWhen(false)] out string? error)
    {
        entry = null;
        if (payload.Length != PayloadSize || Digest.Of(payload.Span) != PayloadDigest)
        {
            error = "the payload is not the one that the entry names";
            return false;
        }

        try
        {
            entry = new SignedEntry(Type, Leaf, _parts with { Payload = payload }, ReadBody(Type, payload.Span));
            error = null;
            return true;
        }
        catch (MalformedDocumentException e)
        {
            error = $"entry: {e.Message}";
            return false;
        }
    }

    /// <summary>Makes an entry of what was signed.</summary>
    /// <exception cref="ArgumentException">The payload is not one of that type.</exception>
    internal static SignedEntry Create(EntryType type, byte[] payload, byte[] signature, SignerKey signer, ReadOnlyMemory<byte> nonce)
    {
        EntryBody body;
        try
        {
            body = ReadBody(type, payload);
        }
        catch (MalformedDocumentException e)
        {
            throw new ArgumentException(e.Message, nameof(payload), e);
        }

        var inline = payload.Length <= EntryLimits.MaxInlinePayloadBytes;
        var parts = new Parts(
            Digest.Of(Dsse.Pae(type.PayloadType(), payload)), signature, signer, nonce, payload, Digest.Of(payload), payload.Length, inline);
        var leaf = CanonicalObject.Of([
            ("apiVersion", ApiVersion),
            ("kind", Kind),
            ("spec", CanonicalObject.Of([
                ("hashedRekordV002", CanonicalObject.Of([
                    ("data", CanonicalObject.Of([("algorithm", HashAlgorithm), ("digest", Convert.ToBase64String(parts.PaeDigest.Bytes))])),
                    ("signature", CanonicalObject.Of([
                        ("content", Convert.ToBase64String(signature)),
                        ("verifier", CanonicalObject.Of([
                            ("keyDetails", signer.Details),
                            ("publicKey", CanonicalObject.Of([("rawBytes", Convert.ToBase64String(signer.Spki))])),
                        ])),
                    ])),
                ])),
                ("pyrsia", CanonicalObject.Of([
                    ("type", type.ToWord()),
                    ("nonce", nonce.IsEmpty ? null : new CanonicalString(Convert.ToBase64String(nonce.Span))),
                    ("payload", inline ? new CanonicalString(Convert.ToBase64String(payload)) : null),
                    ("payloadDigest", inline ? null : new CanonicalString(parts.PayloadDigest.ToString())),
                    ("payloadSize", inline ? null : new CanonicalInteger(payload.Length)),
                ])),
            ])),
        ]).ToBytes();
        return new SignedEntry(type, leaf, parts, body);
    }

    internal static SignedEntry Read(CanonicalValue value, ReadOnlyMemory<byte> leaf)
    {
        const int longestSignature = 72, longestKey = 128;
        var root = new FieldReader(value, "");
        root.Constant("apiVersion", ApiVersion);
        root.Constant("kind", Kind);
        var spec = root.Object("spec");
        root.End();
        var rekord = spec.Object("hashedRekordV002");
        var pyrsia = spec.Object("pyrsia");
        spec.End();
        var data = rekord.Object("data");
        data.Constant("algorithm", HashAlgorithm);
        var pae = new Digest(data.Base64Exactly("digest", Digest.Length));
        data.End();
        var signature = rekord.Object("signature");
        rekord.End();
        var content = signature.Base64("content", longestSignature);
        var verifier = signature.Object("verifier");
        signature.End();
        var details = verifier.String("keyDetails", EntryLimits.MaxWordLength);
        var spki = verifier.Object("publicKey", key => key.Base64("rawBytes", longestKey));
        verifier.End();
        if (!SignerKey.TryCreate(details, spki, out var signer))
            throw new MalformedDocumentException("the verifier is no P-256 or Ed25519 public key");
        if (!EntryTypes.TryParse(pyrsia.String("type", EntryLimits.MaxWordLength), out var type) || type.IsDerived())
            throw pyrsia.Wrong("type", "the type of a signed entry");
        byte[] nonce = type == EntryType.BuildResult ? pyrsia.Base64Exactly("nonce", EntryLimits.NonceLength) : [];
        if (!pyrsia.Has("payload"))
        {
            var digest = pyrsia.Digest("payloadDigest");
            var size = (int)pyrsia.Integer("payloadSize", EntryLimits.MaxInlinePayloadBytes + 1, EntryLimits.MaxPayloadBytes);
            pyrsia.End();
            return new SignedEntry(type, leaf, new Parts(pae, content, signer, nonce, default, digest, size, Inline: false), body: null);
        }

        var payload = pyrsia.Base64("payload", EntryLimits.MaxInlinePayloadBytes);
        pyrsia.End();
        var parts = new Parts(pae, content, signer, nonce, payload, Digest.Of(payload), payload.Length, Inline: true);
        return new SignedEntry(type, leaf, parts, ReadBody(type, payload));
    }

    private static EntryBody ReadBody(EntryType type, ReadOnlySpan<byte> payload)
    {
        if (!CanonicalJson.TryParse(payload, EntryLimits.MaxPayloadBytes, out var value, out var error))
            throw new MalformedDocumentException($"the payload is {error}");
        if (type == EntryType.BuildResult)
            return ResultStatement.Read(value);
        var reader = new FieldReader(value, "payload");
        EntryBody body = type switch
        {
            EntryType.BuildRequest => BuildRequest.Read(reader),
            EntryType.Commitment => Commitment.Read(reader),
            EntryType.BuildFailed => BuildFailed.Read(reader),
            EntryType.BuildPlan => BuildPlan.Read(reader),
            EntryType.MappingProposal => MappingProposal.Read(reader),
            EntryType.MappingApproval => MappingApproval.Read(reader),
            EntryType.BuildCancellation => BuildCancellation.Read(reader),
            EntryType.SetProposal => SetProposal.Read(reader),
            EntryType.SetApproval => SetApproval.Read(reader),
            _ => throw new MalformedDocumentException("not a signed type"),
        };
        reader.End();
        return body;
    }
}
