using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Chunks;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Attestations;

/// <summary>
/// A builder's result as in-toto Statement v1 with a SLSA provenance v1 predicate. The build type says what was done; size, media
/// type and chunk tree of a subject ride in its resource descriptor, where in-toto allows annotations.
/// https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md, https://slsa.dev/spec/v1.0/provenance
/// </summary>
/// <param name="Run">Whose work it is, and when it was done.</param>
/// <param name="Outputs">Every file, in the one order of <see cref="ArtifactOutput.InOrder"/>.</param>
public abstract record ResultStatement(BuildRun Run, ImmutableArray<ArtifactOutput> Outputs) : BuilderEntry(Run.Request, Run.Attempt, Run.Builder)
{
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

    /// <summary>What the builder did, as SLSA asks it to be named.</summary>
    public abstract string BuildType { get; }

    /// <summary>What the result answers to.</summary>
    public abstract string Coordinate { get; }

    /// <summary>The digest that the coordinate resolves to; one of the outputs.</summary>
    public abstract Digest Root { get; }

    /// <summary>Further coordinates that the result answers to, sorted; none for most.</summary>
    public virtual ImmutableArray<NamedRoot> AlsoNames => [];

    /// <summary>Whether the result is one of what was asked: the same reference, limits and choices.</summary>
    public abstract bool Answers(BuildRequest request);

    /// <summary>What was asked from outside.</summary>
    private protected abstract CanonicalObject ExternalParameters();

    /// <summary>What the result was made of.</summary>
    private protected abstract CanonicalArray ResolvedDependencies();

    /// <summary>What a subject is called.</summary>
    private protected abstract string SubjectName(ArtifactOutput output);

    /// <summary>What this build type says of how it was done, beside network, request and attempt.</summary>
    private protected virtual IEnumerable<(string Name, CanonicalValue? Value)> InternalParameters() => [];

    /// <summary>What came about beside the outputs; null for nothing.</summary>
    private protected virtual CanonicalArray? Byproducts() => null;

    /// <inheritdoc/>
    public override CanonicalObject ToJson() => CanonicalObject.Of([
        ("_type", StatementType),
        ("subject", CanonicalArray.Of(ArtifactOutput.InOrder(Outputs).Select(Subject))),
        ("predicateType", PredicateType),
        ("predicate", CanonicalObject.Of([
            ("buildDefinition", CanonicalObject.Of([
                ("buildType", BuildType),
                ("externalParameters", ExternalParameters()),
                ("internalParameters", CanonicalObject.Of([
                    ("chainId", Run.ChainId.ToString()), ("request", Run.Request.ToString()), ("attempt", (long)Run.Attempt), .. InternalParameters()])),
                ("resolvedDependencies", ResolvedDependencies()),
            ])),
            ("runDetails", CanonicalObject.Of([
                ("builder", CanonicalObject.Of([("id", Run.BuilderId), ("version", CanonicalObject.Of([("pyrsia", Run.Version)]))])),
                ("metadata", CanonicalObject.Of([
                    ("invocationId", Run.InvocationId), ("startedOn", Time(Run.StartedOn)), ("finishedOn", Time(Run.FinishedOn))])),
                ("byproducts", Byproducts()),
            ])),
        ])),
    ]);

    /// <summary>Parses a statement; only its canonical form is accepted.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out ResultStatement? statement, [NotNullWhen(false)] out string? error)
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

    internal static ResultStatement Read(CanonicalValue value)
    {
        var root = new FieldReader(value, "");
        root.Constant("_type", StatementType);
        root.Constant("predicateType", PredicateType);
        var predicate = root.Object("predicate");
        var definition = predicate.Object("buildDefinition");
        var (isNamed, read) = Reader(definition);
        var external = definition.Object("externalParameters");
        var internals = definition.Object("internalParameters");
        var run = predicate.Object("runDetails");
        var outputs = root.Array("subject", EntryLimits.MaxOutputs, subject => ReadSubject(subject, isNamed));
        ArtifactOutput.RequireSorted(outputs);
        var dependencies = definition.Value("resolvedDependencies");
        var statement = read(new StatementParts(ReadRun(internals, run), outputs, external, internals, dependencies, run));
        foreach (var reader in new[] { external, internals, definition, run, predicate, root })
            reader.End();
        if (outputs.All(o => o.Digest != statement.Root))
            throw new MalformedDocumentException("what the coordinate resolves to is not among the subjects");
        // What repeats other fields (subject names, dependencies, invocation id) must say the same: the statement has one form.
        return statement.ToJson().ToBytes().AsSpan().SequenceEqual(value.ToBytes())
            ? statement
            : throw new MalformedDocumentException("subject names, dependencies or invocation id contradict the parameters");
    }

    /// <summary>What a build type reads its own fields from.</summary>
    internal sealed record StatementParts(
        BuildRun Run, ImmutableArray<ArtifactOutput> Outputs, FieldReader External, FieldReader Internals, CanonicalValue Dependencies, FieldReader RunDetails);

    private static (bool IsNamed, Func<StatementParts, ResultStatement> Read) Reader(FieldReader definition) =>
        definition.String("buildType", EntryLimits.MaxWordLength) switch
        {
            NotarizationStatement.OciBuildType => (false, NotarizationStatement.Read),
            MavenNotarizationStatement.MavenBuildType => (true, MavenNotarizationStatement.Read),
            SourceBuildStatement.SourceBuildType => (true, SourceBuildStatement.Read),
            _ => throw definition.Wrong("buildType", "a known build type"),
        };

    private static BuildRun ReadRun(FieldReader internals, FieldReader run)
    {
        var chain = new ChainId(internals.Hex("chainId"));
        var request = new RequestId(internals.Hex("request"));
        var attempt = (int)internals.Integer("attempt", 1, EntryLimits.MaxAttempts);
        var builder = run.Object("builder");
        var (origin, name) = ReadBuilderId(builder);
        var version = builder.Object("version", v => v.String("pyrsia", EntryLimits.MaxWordLength));
        builder.End();
        var metadata = run.Object("metadata");
        metadata.Value("invocationId");
        var (started, finished) = (ReadTime(metadata, "startedOn"), ReadTime(metadata, "finishedOn"));
        metadata.End();
        return new BuildRun(chain, request, attempt, origin, name, version, started, finished);
    }

    private CanonicalValue Subject(ArtifactOutput output) => CanonicalObject.Of([
        ("name", SubjectName(output)),
        ("digest", CanonicalObject.Of([("sha256", output.Digest.Hex)])),
        ("mediaType", output.MediaType),
        ("annotations", CanonicalObject.Of([
            (SizeKey, output.Size), (ChunkSizeKey, (long)output.ChunkSize), (ChunkRootKey, output.ChunkRoot.ToHex())])),
    ]);

    private static ArtifactOutput ReadSubject(FieldReader subject, bool isNamed)
    {
        if (!isNamed)
            subject.Value("name");
        var name = isNamed ? ArtifactOutput.ReadName(subject) : "";
        var digest = subject.Object("digest", d => d.Hex("sha256"));
        var mediaType = subject.String("mediaType", EntryLimits.MaxWordLength);
        var annotations = subject.Object("annotations");
        var output = ArtifactOutput.Create(
            subject, digest, mediaType, annotations.Integer(SizeKey, 0, ChunkLayout.MaxLength),
            annotations.Integer(ChunkSizeKey, 0, ChunkLayout.MaxChunkSize), annotations.Hex(ChunkRootKey), name);
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

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static DateTimeOffset ReadTime(FieldReader reader, string name) =>
        DateTimeOffset.TryParseExact(
            reader.String(name, EntryLimits.MaxWordLength), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw reader.Wrong(name, "a time such as 2026-01-31T12:00:00Z");
}
