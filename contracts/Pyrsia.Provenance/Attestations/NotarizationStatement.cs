using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Chunks;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Attestations;

/// <summary>
/// A builder's result as in-toto Statement v1 with a SLSA provenance v1 predicate: it fetched an upstream image by the digest that it
/// resolved itself, and saw these files. Size, media type and chunk tree of a subject ride in its resource descriptor, where in-toto
/// allows annotations. https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md, https://slsa.dev/spec/v1.0/provenance
/// </summary>
/// <param name="ChainId">The network.</param>
/// <param name="Request">The request that it answers.</param>
/// <param name="Attempt">The attempt, from 1.</param>
/// <param name="Origin">The log's name, which is part of the builder's id.</param>
/// <param name="Builder">The builder's name.</param>
/// <param name="Version">The version of the program that did it.</param>
/// <param name="Reference">The upstream reference, in its full form.</param>
/// <param name="Registry">The registry host that answered.</param>
/// <param name="ResolvedDigest">What the reference resolved to; one of the outputs.</param>
/// <param name="Platforms">The platforms fetched, as the request names them.</param>
/// <param name="MaxBytes">The limit on bytes, as the request names it.</param>
/// <param name="StartedOn">When it began.</param>
/// <param name="FinishedOn">When it ended.</param>
/// <param name="Outputs">Every manifest, config and layer, sorted by digest.</param>
public sealed record NotarizationStatement(
    ChainId ChainId, RequestId Request, int Attempt, string Origin, string Builder, string Version, string Reference, string Registry,
    Digest ResolvedDigest, ImmutableArray<string> Platforms, long MaxBytes, DateTimeOffset StartedOn, DateTimeOffset FinishedOn,
    ImmutableArray<ArtifactOutput> Outputs) : EntryBody
{
    /// <summary>What the builder did, as SLSA asks it to be named.</summary>
    public const string BuildType = "https://pyrsia.io/build-types/notarize-oci/v1";

    /// <summary>in-toto's statement type.</summary>
    public const string StatementType = "https://in-toto.io/Statement/v1";

    /// <summary>SLSA's predicate type.</summary>
    public const string PredicateType = "https://slsa.dev/provenance/v1";

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const string SizeKey = "io.pyrsia.size";
    private const string ChunkSizeKey = "io.pyrsia.chunkSize";
    private const string ChunkRootKey = "io.pyrsia.chunkRoot";

    /// <inheritdoc/>
    public override EntryType Type => EntryType.BuildResult;

    /// <summary>The builder's id: a URI that is unique to the network.</summary>
    public string BuilderId => $"pyrsia://{Origin}/builders/{Builder}";

    private string Repository => ImageReference.Parse(Reference).Name;

    /// <inheritdoc/>
    public override CanonicalObject ToJson() => CanonicalObject.Of([
        ("_type", StatementType),
        ("subject", CanonicalArray.Of(Outputs.OrderBy(o => o.Digest).Select(Subject))),
        ("predicateType", PredicateType),
        ("predicate", CanonicalObject.Of([
            ("buildDefinition", CanonicalObject.Of([
                ("buildType", BuildType),
                ("externalParameters", CanonicalObject.Of([
                    ("reference", Reference), ("registry", Registry), ("resolvedDigest", ResolvedDigest.ToString()),
                    ("platforms", CanonicalArray.Of(Platforms.Select(p => (CanonicalValue)p))), ("maxBytes", MaxBytes)])),
                ("internalParameters", CanonicalObject.Of([
                    ("chainId", ChainId.ToString()), ("request", Request.ToString()), ("attempt", (long)Attempt)])),
                ("resolvedDependencies", CanonicalArray.Of([CanonicalObject.Of([
                    ("uri", DependencyUri), ("digest", CanonicalObject.Of([("sha256", ResolvedDigest.Hex)]))])])),
            ])),
            ("runDetails", CanonicalObject.Of([
                ("builder", CanonicalObject.Of([("id", BuilderId), ("version", CanonicalObject.Of([("pyrsia", Version)]))])),
                ("metadata", CanonicalObject.Of([
                    ("invocationId", InvocationId), ("startedOn", Time(StartedOn)), ("finishedOn", Time(FinishedOn))])),
            ])),
        ])),
    ]);

    private string DependencyUri => $"oci://{Registry}/{ImageReference.Parse(Reference).Repository}@{ResolvedDigest}";

    private string InvocationId => FormattableString.Invariant($"{Request}/{Attempt}");

    /// <summary>Parses a statement; only its canonical form is accepted.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out NotarizationStatement? statement, [NotNullWhen(false)] out string? error)
    {
        statement = null;
        if (!CanonicalJson.TryParse(payload, EntryLimits.MaxPayloadBytes, out var value, out error))
            return false;
        try
        {
            statement = Read(value);
            return true;
        }
        catch (MalformedDocumentException e)
        {
            error = $"statement: {e.Message}";
            return false;
        }
    }

    internal static NotarizationStatement Read(CanonicalValue value)
    {
        var root = new FieldReader(value, "");
        root.Constant("_type", StatementType);
        root.Constant("predicateType", PredicateType);
        var predicate = root.Object("predicate");
        var definition = predicate.Object("buildDefinition");
        definition.Constant("buildType", BuildType);
        var external = definition.Object("externalParameters");
        var reference = BuildRequest.ReadName(external, "reference");
        if (!ImageReference.TryParse(reference, out var image, out _) || image.ToString() != reference)
            throw external.Wrong("reference", "an image reference in its full form");
        var registry = BuildRequest.ReadName(external, "registry");
        var resolved = external.Digest("resolvedDigest");
        var platforms = BuildRequest.ReadPlatforms(external);
        var maxBytes = external.Integer("maxBytes", 1, EntryLimits.MaxTotalBytes);
        external.End();
        var internals = definition.Object("internalParameters");
        var chain = new ChainId(internals.Hex("chainId"));
        var request = new RequestId(internals.Hex("request"));
        var attempt = (int)internals.Integer("attempt", 1, EntryLimits.MaxAttempts);
        internals.End();
        definition.Value("resolvedDependencies");
        definition.End();
        var run = predicate.Object("runDetails");
        var builder = run.Object("builder");
        var (origin, name) = ReadBuilderId(builder);
        var version = builder.Object("version", v => v.String("pyrsia", EntryLimits.MaxWordLength));
        builder.End();
        var metadata = run.Object("metadata");
        metadata.Value("invocationId");
        var (started, finished) = (ReadTime(metadata, "startedOn"), ReadTime(metadata, "finishedOn"));
        metadata.End();
        run.End();
        predicate.End();
        var outputs = root.Array("subject", EntryLimits.MaxOutputs, ReadSubject);
        root.End();
        ArtifactOutput.RequireSorted(outputs);
        if (outputs.All(o => o.Digest != resolved))
            throw new MalformedDocumentException("the resolved digest is not among the subjects");
        var statement = new NotarizationStatement(
            chain, request, attempt, origin, name, version, reference, registry, resolved, platforms, maxBytes, started, finished, outputs);
        // What repeats other fields (subject names, dependency, invocation id) must say the same: the statement has one form.
        return statement.ToJson().ToBytes().AsSpan().SequenceEqual(value.ToBytes())
            ? statement
            : throw new MalformedDocumentException("subject names, dependency or invocation id contradict the parameters");
    }

    private CanonicalValue Subject(ArtifactOutput output) => CanonicalObject.Of([
        ("name", $"{Repository}@{output.Digest}"),
        ("digest", CanonicalObject.Of([("sha256", output.Digest.Hex)])),
        ("mediaType", output.MediaType),
        ("annotations", CanonicalObject.Of([
            (SizeKey, output.Size), (ChunkSizeKey, (long)output.ChunkSize), (ChunkRootKey, output.ChunkRoot.ToHex())])),
    ]);

    private static ArtifactOutput ReadSubject(FieldReader subject)
    {
        subject.Value("name");
        var digest = subject.Object("digest", d => d.Hex("sha256"));
        var mediaType = subject.String("mediaType", EntryLimits.MaxWordLength);
        var annotations = subject.Object("annotations");
        var output = ArtifactOutput.Create(
            subject, digest, mediaType, annotations.Integer(SizeKey, 0, ChunkLayout.MaxLength),
            annotations.Integer(ChunkSizeKey, 0, ChunkLayout.MaxChunkSize), annotations.Hex(ChunkRootKey));
        annotations.End();
        return output;
    }

    private static (string Origin, string Name) ReadBuilderId(FieldReader builder)
    {
        const string scheme = "pyrsia://", folder = "/builders/";
        var id = builder.String("id", 2 * EntryLimits.MaxCoordinateLength);
        var split = id.LastIndexOf(folder, StringComparison.Ordinal);
        return id.StartsWith(scheme, StringComparison.Ordinal) && split > scheme.Length
            ? (id[scheme.Length..split], id[(split + folder.Length)..])
            : throw builder.Wrong("id", "pyrsia://<origin>/builders/<name>");
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, System.Globalization.CultureInfo.InvariantCulture);

    private static DateTimeOffset ReadTime(FieldReader reader, string name) =>
        DateTimeOffset.TryParseExact(
            reader.String(name, EntryLimits.MaxWordLength), TimeFormat, System.Globalization.CultureInfo.InvariantCulture,
            System.Globalization.DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw reader.Wrong(name, "a time such as 2026-01-31T12:00:00Z");
}
