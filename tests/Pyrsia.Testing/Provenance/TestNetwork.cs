using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Pyrsia.Contracts;
using Pyrsia.Curve25519;
using Pyrsia.Libp2p;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Testing.Provenance;

/// <summary>A network whose every key is derived from its seed, so that tests can sign as anybody in it.</summary>
public sealed class TestNetwork : IDisposable
{
    /// <summary>Makes a network of n authorities, each with a builder of its own organisation.</summary>
    public TestNetwork(int authorities = 4, string seed = "test", int? threshold = null, Func<int, string>? organisation = null, BuildDeadlines? deadlines = null, bool realPeers = false, ImmutableArray<NamingRule>? naming = null)
    {
        organisation ??= i => $"org{i}";
        LogKeys = [.. Enumerable.Range(0, authorities).Select(i => Ed25519(seed, $"log{i}"))];
        CosignerKeys = [.. Enumerable.Range(0, authorities).Select(i => Ed25519(seed, $"cosigner{i}"))];
        VoteKeys = [.. Enumerable.Range(0, authorities).Select(i => Ed25519(seed, $"vote{i}"))];
        BuilderKeys = [.. Enumerable.Range(0, authorities).Select(i => P256(seed, $"builder{i}"))];
        Identities = [.. Enumerable.Range(0, authorities).Select(i => KeyPair.FromSeed(Seed(seed, $"identity{i}")))];
        Asker = Ed25519(seed, "asker");
        Operator = Ed25519(seed, "operator");
        const string origin = "log.test.example/pyrsia";
        var parts = new GenesisDocument.Parts(
            origin,
            threshold ?? GenesisDocument.DefaultThreshold(authorities),
            [.. Enumerable.Range(0, authorities).Select(i => new BuilderMember($"a{i}", organisation(i), BuilderKeys[i].PublicKey))],
            [.. Enumerable.Range(0, authorities).Select(i => new AuthorityMember(
                $"a{i}", organisation(i), realPeers ? Identities[i].PeerId.ToString() : $"peer{i}", VoteKeys[i].PublicKey,
                new VerifierKey($"a{i}.{origin}", NoteSignatureType.Cosignature, CosignerKeys[i].PublicKey),
                new VerifierKey(origin, NoteSignatureType.Ed25519, LogKeys[i].PublicKey)))],
            naming ?? GenesisDocument.DefaultNaming, deadlines ?? BuildDeadlines.Default, TestNetwork: true, Operator.PublicKey, Seed(seed, "nonce"));
        Genesis = GenesisDocument.TryCreate(parts, out var genesis, out var error) ? genesis : throw new ArgumentException(error);
        Parts = parts;
        File = new NetworkFile(Genesis);
    }

    /// <summary>What the genesis document was made of.</summary>
    public GenesisDocument.Parts Parts { get; }

    /// <summary>The genesis document.</summary>
    public GenesisDocument Genesis { get; }

    /// <summary>The network file.</summary>
    public NetworkFile File { get; }

    /// <summary>Keys by authority index.</summary>
    public ImmutableArray<Ed25519PrivateKey> LogKeys { get; }

    /// <summary>Keys by authority index.</summary>
    public ImmutableArray<Ed25519PrivateKey> CosignerKeys { get; }

    /// <summary>Keys by authority index.</summary>
    public ImmutableArray<Ed25519PrivateKey> VoteKeys { get; }

    /// <summary>Keys by builder index.</summary>
    public ImmutableArray<P256PrivateKey> BuilderKeys { get; }

    /// <summary>libp2p identities by authority index; the genesis document names them when the network was made with real peers.</summary>
    public ImmutableArray<KeyPair> Identities { get; }

    /// <summary>Somebody who asks for builds.</summary>
    public Ed25519PrivateKey Asker { get; }

    /// <summary>The operator of the test network.</summary>
    public Ed25519PrivateKey Operator { get; }

    /// <summary>A request for an image, signed by the asker.</summary>
    public SignedEntry Request(string reference, Digest digest, int? threshold = null, string nonce = "0", long maxBytes = 1L << 30)
    {
        var image = ImageReference.Parse(reference);
        return new EntrySigner(Asker).Sign(new BuildRequest(
            Genesis.ChainId, ArtifactKind.Notarized, Coordinate.Of(image), image.ToString(), digest, ["linux/amd64"], maxBytes,
            threshold ?? Genesis.Threshold, Asker.PublicKey, Seed("nonce", nonce)));
    }

    /// <summary>A builder's result with the commitment to it.</summary>
    public (SignedEntry Commitment, SignedEntry Result) Answer(SignedEntry request, int builder, ImmutableArray<ArtifactOutput> outputs, Func<NotarizationStatement, NotarizationStatement>? change = null)
    {
        var asked = (BuildRequest)request.Body!;
        var id = new RequestId(request.PayloadDigest);
        var start = DateTimeOffset.FromUnixTimeSeconds(1_750_000_000 + builder);
        var statement = new NotarizationStatement(
            new BuildRun(Genesis.ChainId, id, 1, Genesis.Origin, $"a{builder}", "0.1.0", start, start.AddSeconds(3)), asked.Reference,
            ImageReference.Parse(asked.Reference).Registry, asked.Digest, asked.Variants, asked.MaxBytes, ArtifactOutput.InOrder(outputs));
        return Commit(builder, change?.Invoke(statement) ?? statement);
    }

    /// <summary>A request for a Maven version, signed by the asker.</summary>
    public SignedEntry MavenRequest(string gav, Digest digest, string? coordinate = null, string nonce = "0") => new EntrySigner(Asker).Sign(new BuildRequest(
        Genesis.ChainId, ArtifactKind.Notarized, coordinate ?? Coordinate.OfMaven(gav), gav, digest, [], 1L << 30, Genesis.Threshold, Asker.PublicKey, Seed("nonce", nonce)));

    /// <summary>What a builder says of a Maven version.</summary>
    public MavenNotarizationStatement MavenStatement(SignedEntry request, int builder, ImmutableArray<ArtifactOutput> outputs)
    {
        var asked = (BuildRequest)request.Body!;
        var start = DateTimeOffset.FromUnixTimeSeconds(1_750_000_000 + builder);
        var run = new BuildRun(Genesis.ChainId, new RequestId(request.PayloadDigest), 1, Genesis.Origin, $"a{builder}", "0.1.0", start, start.AddSeconds(3));
        return new MavenNotarizationStatement(run, asked.Reference, "repo.test.example", asked.Digest, asked.Variants, asked.MaxBytes, ArtifactOutput.InOrder(outputs));
    }

    /// <summary>A builder's result about a Maven version, with the commitment to it.</summary>
    public (SignedEntry Commitment, SignedEntry Result) MavenAnswer(SignedEntry request, int builder, ImmutableArray<ArtifactOutput> outputs) =>
        Commit(builder, MavenStatement(request, builder, outputs));

    /// <summary>A statement as result, with the commitment to it.</summary>
    public (SignedEntry Commitment, SignedEntry Result) Commit(int builder, ResultStatement statement)
    {
        var nonce = Seed("reveal", $"{builder}");
        var signer = new EntrySigner(BuilderKeys[builder]);
        var value = Commitment.Compute(Genesis.ChainId, statement.Request, statement.Attempt, BuilderKeys[builder].PublicKey, nonce, statement.ToJson().ToBytes());
        return (signer.Sign(new Commitment(statement.Request, statement.Attempt, $"a{builder}", value)), signer.Sign(statement, nonce));
    }

    /// <summary>A builder's failure.</summary>
    public SignedEntry Failure(SignedEntry request, int builder, FailureReason reason) =>
        new EntrySigner(BuilderKeys[builder]).Sign(new BuildFailed(new RequestId(request.PayloadDigest), 1, $"a{builder}", reason, "no"));

    /// <summary>Every authority's signatures on a checkpoint.</summary>
    public IEnumerable<NoteSignature> Sign(Checkpoint checkpoint, long time, IEnumerable<int>? authorities = null)
    {
        var text = checkpoint.ToString();
        foreach (var i in authorities ?? Enumerable.Range(0, Genesis.Authorities.Length))
        {
            yield return new NoteSigner(Genesis.Origin, NoteSignatureType.Ed25519, LogKeys[i]).Sign(text);
            yield return new NoteSigner(Genesis.Authorities[i].Cosigner.Name, NoteSignatureType.Cosignature, CosignerKeys[i]).Sign(text, time + i);
        }
    }

    /// <summary>32 bytes that depend on the words only.</summary>
    public static byte[] Seed(string seed, string purpose) => SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{purpose}"));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var key in LogKeys.Concat(CosignerKeys).Concat(VoteKeys))
            key.Dispose();
        foreach (var key in BuilderKeys)
            key.Dispose();
        Asker.Dispose();
        Operator.Dispose();
    }

    private static Ed25519PrivateKey Ed25519(string seed, string purpose) => Ed25519PrivateKey.FromSeed(Seed(seed, purpose));

    private static P256PrivateKey P256(string seed, string purpose)
    {
        using var ecdsa = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = Seed(seed, purpose) });
        return P256PrivateKey.FromPkcs8(ecdsa.ExportPkcs8PrivateKey());
    }
}
