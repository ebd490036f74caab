using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Curve25519;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Provenance.Network;

/// <summary>
/// What makes a network this one: origin, authorities of epoch 0, builders and their threshold, naming rules, deadlines, flags and
/// a nonce. Its canonical JSON hashes to the chain id.
/// </summary>
public sealed partial class GenesisDocument
{
    /// <summary>Fewest authorities: with fewer no fault is tolerated.</summary>
    public const int MinAuthorities = 4;

    /// <summary>Most authorities: a checkpoint with all their signatures is still read by stock verifiers.</summary>
    public const int MaxAuthorities = 100;

    /// <summary>Most builders.</summary>
    public const int MaxBuilders = 256;

    /// <summary>Most naming rules.</summary>
    public const int MaxNamingRules = 256;

    /// <summary>Longest name, organisation, peer id or prefix, in characters.</summary>
    public const int MaxNameLength = 128;

    /// <summary>Lowest builder threshold: one builder alone proves nothing.</summary>
    public const int MinThreshold = 2;

    /// <summary>Bytes of the nonce.</summary>
    public const int NonceLength = 32;

    private readonly byte[] _bytes;

    private GenesisDocument(Parts parts)
    {
        Origin = parts.Origin;
        Threshold = parts.Threshold;
        Builders = parts.Builders;
        Set = AuthoritySet.First(parts.Origin, parts.Authorities);
        Naming = parts.Naming;
        Deadlines = parts.Deadlines;
        TestNetwork = parts.TestNetwork;
        OperatorKey = parts.OperatorKey;
        Nonce = parts.Nonce;
        _bytes = ToJson().ToBytes();
        ChainId = new ChainId(Digest.Of(_bytes));
    }

    /// <summary>What a genesis document is made of.</summary>
    /// <param name="Origin">The log's name, such as <c>log.example.org/pyrsia</c>.</param>
    /// <param name="Threshold">k: how many builders of distinct organisations must agree.</param>
    /// <param name="Builders">The named builders.</param>
    /// <param name="Authorities">The authorities of epoch 0; their order is the authority index.</param>
    /// <param name="Naming">Which kind a name answers with.</param>
    /// <param name="Deadlines">How long a request may take.</param>
    /// <param name="TestNetwork">Whether the operator key may change the network.</param>
    /// <param name="OperatorKey">The operator's key of a test network; null elsewhere.</param>
    /// <param name="Nonce">32 random bytes, so that no two networks are the same.</param>
    public sealed record Parts(
        string Origin, int Threshold, ImmutableArray<BuilderMember> Builders, ImmutableArray<AuthorityMember> Authorities,
        ImmutableArray<NamingRule> Naming, BuildDeadlines Deadlines, bool TestNetwork, Ed25519PublicKey? OperatorKey, ReadOnlyMemory<byte> Nonce);

    /// <summary>The log's name.</summary>
    public string Origin { get; }

    /// <summary>k.</summary>
    public int Threshold { get; }

    /// <summary>The named builders.</summary>
    public ImmutableArray<BuilderMember> Builders { get; }

    /// <summary>The authorities of epoch 0 by index.</summary>
    public ImmutableArray<AuthorityMember> Authorities => Set.Members;

    /// <summary>The authorities of epoch 0 as a set.</summary>
    public AuthoritySet Set { get; }

    /// <summary>The naming rules.</summary>
    public ImmutableArray<NamingRule> Naming { get; }

    /// <summary>The deadlines of requests.</summary>
    public BuildDeadlines Deadlines { get; }

    /// <summary>Whether this is a test network.</summary>
    public bool TestNetwork { get; }

    /// <summary>The operator's key of a test network.</summary>
    public Ed25519PublicKey? OperatorKey { get; }

    /// <summary>32 bytes that make the network unique.</summary>
    public ReadOnlyMemory<byte> Nonce { get; }

    /// <summary>SHA-256 of the canonical document.</summary>
    public ChainId ChainId { get; }

    /// <summary>The canonical document.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>f: how many builders may be faulty beyond the k that must agree; by the authorities of epoch 0, and as unchanging as the builders.</summary>
    public int FaultTolerance => Set.FaultTolerance;

    /// <summary>n - f: how many authorities of epoch 0 decide.</summary>
    public int Quorum => Set.Quorum;

    /// <summary>The naming rules of a network that names none: images are notarized, Maven artifacts are built.</summary>
    public static ImmutableArray<NamingRule> DefaultNaming { get; } =
        [new NamingRule("docker:", ArtifactKind.Notarized), new NamingRule("maven:", ArtifactKind.Built)];

    /// <summary>The default threshold of n authorities: f + 1, at least 2.</summary>
    public static int DefaultThreshold(int authorities) => Math.Max(MinThreshold, ((authorities - 1) / 3) + 1);

    /// <summary>The kind that a coordinate answers with; null when no rule names it. What <see cref="Entries.Coordinate.OfSource"/> makes is built, whatever the rules.</summary>
    public ArtifactKind? KindOf(string coordinate) => Entries.Coordinate.IsSource(coordinate)
        ? ArtifactKind.Built
        : Naming.Where(rule => coordinate.StartsWith(rule.Prefix, StringComparison.Ordinal)).MaxBy(rule => rule.Prefix.Length)?.Kind;

    /// <summary>The builder of that name.</summary>
    public BuilderMember? FindBuilder(string name) =>
        Builders.FirstOrDefault(builder => string.Equals(builder.Name, name, StringComparison.Ordinal));

    /// <summary>The document as a value.</summary>
    internal CanonicalObject ToJson() => CanonicalObject.Of([
        ("origin", Origin),
        ("builders", CanonicalObject.Of([
            ("threshold", (long)Threshold),
            ("members", CanonicalArray.Of(Builders.Select(b => CanonicalObject.Of([
                ("name", b.Name), ("organisation", b.Organisation), ("key", b.Key.ToString())])))),
        ])),
        ("authorities", CanonicalObject.Of([
            ("epoch", 0L),
            ("members", AuthoritySet.ToJson(Authorities)),
        ])),
        ("naming", CanonicalArray.Of(Naming.Select(r => CanonicalObject.Of([("prefix", r.Prefix), ("kind", r.Kind.ToWord())])))),
        ("deadlines", CanonicalObject.Of([("commit", (long)Deadlines.CommitSeconds), ("reveal", (long)Deadlines.RevealSeconds)])),
        ("testNetwork", TestNetwork),
        ("operatorKey", OperatorKey is null ? null : new CanonicalString(Convert.ToBase64String(OperatorKey.Bytes))),
        ("nonce", Convert.ToBase64String(Nonce.Span)),
    ]);
}
