using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Provenance.Entries;

/// <summary>A builder's part in a verdict.</summary>
/// <param name="Name">The builder.</param>
/// <param name="Organisation">Whose vote it was.</param>
/// <param name="Index">Where its result or failure stands in the log.</param>
public sealed record VerdictVote(string Name, string Organisation, long Index);

/// <summary>A coordinate with the digest that it resolves to.</summary>
public sealed record NamedRoot(string Coordinate, Digest Root);

/// <summary>What a verdict says.</summary>
/// <param name="Type">Which verdict.</param>
/// <param name="Request">The request.</param>
/// <param name="RequestIndex">Where the request stands in the log.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Kind">Notarized or built.</param>
/// <param name="Coordinate">The coordinate.</param>
/// <param name="Root">The digest that the coordinate is to resolve to.</param>
/// <param name="TimeMs">The time of the block that derived it, in milliseconds since 1970.</param>
/// <param name="Agreeing">The results that agree, of distinct organisations, by index; only of a verified artifact.</param>
/// <param name="Dissenting">All other results, by index.</param>
/// <param name="Failures">The failures, by index.</param>
/// <param name="Reason">The most frequent reason of failure, or that the asker took it back; only of a failed request.</param>
/// <param name="ConflictsWith">For an immutable coordinate that has an earlier, different answer: its verdict's index.</param>
/// <param name="AlsoNames">Further coordinates that the outputs answer to, sorted; of a build of several artifacts.</param>
public sealed record Verdict(
    EntryType Type, RequestId Request, long RequestIndex, int Attempt, ArtifactKind Kind, string Coordinate, Digest Root, long TimeMs,
    ImmutableArray<VerdictVote> Agreeing, ImmutableArray<VerdictVote> Dissenting, ImmutableArray<VerdictVote> Failures,
    FailureReason? Reason, long? ConflictsWith, ImmutableArray<NamedRoot> AlsoNames);

/// <summary>
/// A verdict that every replica derives when it applies a block: unsigned canonical JSON, vouched for by the quorum that cosigns the
/// tree. The outputs of a verified artifact stand in the leaf, or, when there are many, beside it under the digest of their list.
/// </summary>
public sealed class VerdictEntry : LogEntry
{
    internal const string Kind = "pyrsia-verdict";
    private const string ApiVersion = "1";

    private VerdictEntry(Verdict verdict, ReadOnlyMemory<byte> leaf, ImmutableArray<ArtifactOutput> outputs, Digest? outputsDigest)
        : base(verdict.Type, leaf)
    {
        Verdict = verdict;
        Outputs = outputs;
        OutputsDigest = outputsDigest;
    }

    /// <summary>What it says.</summary>
    public Verdict Verdict { get; }

    /// <summary>Every coordinate that the verdict answers for, its own first.</summary>
    public IEnumerable<NamedRoot> Names => Verdict.AlsoNames.Prepend(new NamedRoot(Verdict.Coordinate, Verdict.Root));

    /// <summary>Every output of a verified artifact; empty of another verdict, or while the list is not attached.</summary>
    public ImmutableArray<ArtifactOutput> Outputs { get; }

    /// <summary>The digest of the outputs' canonical list, when it does not stand in the leaf.</summary>
    public Digest? OutputsDigest { get; }

    /// <summary>The canonical list of outputs, which <see cref="OutputsDigest"/> names.</summary>
    public static byte[] EncodeOutputs(IEnumerable<ArtifactOutput> outputs) => ArtifactOutput.ToJson(outputs).ToBytes();

    /// <summary>Makes the leaf of a verdict.</summary>
    public static VerdictEntry Create(Verdict verdict, ImmutableArray<ArtifactOutput> outputs)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        var list = ArtifactOutput.ToJson(outputs);
        var bytes = list.ToBytes();
        var verified = verdict.Type == EntryType.Verified;
        var inline = bytes.Length <= EntryLimits.MaxInlinePayloadBytes;
        Digest? digest = verified && !inline ? Digest.Of(bytes) : null;
        var spec = CanonicalObject.Of([
            ("type", verdict.Type.ToWord()), ("request", verdict.Request.ToString()), ("requestIndex", verdict.RequestIndex),
            ("attempt", (long)verdict.Attempt), ("kind", verdict.Kind.ToWord()), ("coordinate", verdict.Coordinate),
            ("root", verdict.Root.ToString()), ("time", verdict.TimeMs),
            ("agreeing", Votes(verdict.Agreeing)), ("dissenting", Votes(verdict.Dissenting)), ("failures", Votes(verdict.Failures)),
            ("reason", verdict.Reason is { } reason ? new CanonicalString(reason.ToWord()) : null),
            ("conflictsWith", verdict.ConflictsWith is { } index ? new CanonicalInteger(index) : null),
            ("alsoNames", verdict.AlsoNames.IsEmpty ? null : CanonicalArray.Of(verdict.AlsoNames.Select(n => CanonicalObject.Of([
                ("coordinate", n.Coordinate), ("root", n.Root.ToString())])))),
            ("outputs", verified && inline ? list : null),
            ("outputsDigest", digest is { } d ? new CanonicalString(d.ToString()) : null),
        ]);
        var leaf = CanonicalObject.Of([("apiVersion", ApiVersion), ("kind", Kind), ("spec", spec)]).ToBytes();
        return new VerdictEntry(verdict, leaf, verified ? ArtifactOutput.InOrder(outputs) : [], digest);
    }

    /// <summary>The same verdict with the list of outputs that its digest names.</summary>
    public bool TryAttach(ReadOnlySpan<byte> list, [NotNullWhen(true)] out VerdictEntry? entry, [NotNullWhen(false)] out string? error)
    {
        entry = null;
        if (OutputsDigest != Digest.Of(list))
        {
            error = "the outputs are not those that the verdict names";
            return false;
        }

        if (!CanonicalJson.TryParse(list, EntryLimits.MaxPayloadBytes, out var value, out error))
            return false;
        try
        {
            var reader = new FieldReader(CanonicalObject.Of([("outputs", value)]), "");
            entry = new VerdictEntry(Verdict, Leaf, ArtifactOutput.Read(reader, "outputs"), OutputsDigest);
            return true;
        }
        catch (MalformedDocumentException e)
        {
            error = $"verdict: {e.Message}";
            return false;
        }
    }

    internal static VerdictEntry Read(CanonicalValue value, ReadOnlyMemory<byte> leaf)
    {
        var root = new FieldReader(value, "");
        root.Constant("apiVersion", ApiVersion);
        root.Constant("kind", Kind);
        var spec = root.Object("spec");
        root.End();
        if (!EntryTypes.TryParse(spec.String("type", EntryLimits.MaxWordLength), out var type) || !type.IsVerdict())
            throw spec.Wrong("type", "the type of a verdict");
        if (!ArtifactKinds.TryParse(spec.String("kind", EntryLimits.MaxWordLength), out var kind))
            throw spec.Wrong("kind", "'built' or 'notarized'");
        var verdict = new Verdict(
            type, new RequestId(spec.Hex("request")), spec.Integer("requestIndex", 0, CanonicalJson.MaxInteger),
            (int)spec.Integer("attempt", 1, EntryLimits.MaxAttempts), kind, BuildRequest.ReadName(spec, "coordinate"), spec.Digest("root"),
            spec.Integer("time", 0, CanonicalJson.MaxInteger), ReadVotes(spec, "agreeing"), ReadVotes(spec, "dissenting"), ReadVotes(spec, "failures"),
            type == EntryType.Failed ? BuildFailed.ReadReason(spec) : null,
            spec.Has("conflictsWith") ? spec.Integer("conflictsWith", 0, CanonicalJson.MaxInteger) : null,
            type == EntryType.Verified && spec.Has("alsoNames") ? ReadNames(spec) : []);
        ImmutableArray<ArtifactOutput> outputs = [];
        Digest? digest = null;
        if (type == EntryType.Verified && spec.Has("outputs"))
            outputs = ArtifactOutput.Read(spec, "outputs");
        else if (type == EntryType.Verified)
            digest = spec.Digest("outputsDigest");
        spec.End();
        return new VerdictEntry(verdict, leaf, outputs, digest);
    }

    private static ImmutableArray<NamedRoot> ReadNames(FieldReader reader)
    {
        var names = reader.Array("alsoNames", BuildSpecification.MaxArtifacts, name => new NamedRoot(BuildRequest.ReadName(name, "coordinate"), name.Digest("root")));
        return !names.IsEmpty && names.Zip(names.Skip(1)).All(p => string.CompareOrdinal(p.First.Coordinate, p.Second.Coordinate) < 0)
            ? names
            : throw reader.Wrong("alsoNames", "sorted, each coordinate once, and absent when there are none");
    }

    private static CanonicalArray Votes(ImmutableArray<VerdictVote> votes) => CanonicalArray.Of(votes.Select(v => CanonicalObject.Of([
        ("name", v.Name), ("organisation", v.Organisation), ("index", v.Index)])));

    private static ImmutableArray<VerdictVote> ReadVotes(FieldReader reader, string name)
    {
        var votes = reader.Array(name, GenesisDocument.MaxBuilders, vote => new VerdictVote(
            vote.String("name", GenesisDocument.MaxNameLength), vote.String("organisation", GenesisDocument.MaxNameLength),
            vote.Integer("index", 0, CanonicalJson.MaxInteger)));
        for (var i = 1; i < votes.Length; i++)
        {
            if (votes[i - 1].Index >= votes[i].Index)
                throw reader.Wrong(name, "sorted by index, each once");
        }

        return votes;
    }
}
