using System.Text;
using Pyrsia.Curve25519;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Notes;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Provenance;

public sealed class NoteTests
{
    // Key and note of the documentation of golang.org/x/mod/sumdb/note.
    private const string PeterKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    private const string PeterNote =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        + "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    [Fact]
    public void The_note_of_the_Go_documentation_verifies()
    {
        Assert.True(VerifierKey.TryParse(PeterKey, out var key));
        Assert.Equal(PeterKey, key.ToString());
        Assert.True(SignedNote.TryParse(Encoding.UTF8.GetBytes(PeterNote), out var note, out var error), error);
        Assert.True(key.Verify(note.Text, Assert.Single(note.Signatures), out _));
        Assert.False(key.Verify(note.Text + "\n", note.Signatures[0], out _));
        Assert.Equal(PeterNote, note.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("text\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\nno dash\n")]
    [InlineData("text\n\n\u2014 name AAAAAAA=")]
    [InlineData("text\n\n\u2014 name AAAAAAA=\n\n")]
    [InlineData("text\n\n\u2014 name AAAAAAB=\n")] // bits beyond the last byte
    [InlineData("text\n\n\u2014 name  AAAAAAA=\n")]
    [InlineData("text\n\n\u2014 name AAAA\n")]
    [InlineData("text\n\n\u2014 na+me AAAAAAA=\n")]
    [InlineData("te\rxt\n\n\u2014 name AAAAAAA=\n")]
    public void A_malformed_note_is_refused(string text) => Assert.False(SignedNote.TryParse(Encoding.UTF8.GetBytes(text), out _, out _));

    [Fact]
    public void A_note_that_is_not_UTF_8_or_has_too_many_lines_is_refused()
    {
        Assert.False(SignedNote.TryParse([0xff, (byte)'\n', (byte)'\n'], out _, out _));
        var lines = string.Concat(Enumerable.Repeat("\u2014 name AAAAAAA=\n", SignedNote.MaxSignatures + 1));
        Assert.False(SignedNote.TryParse(Encoding.UTF8.GetBytes("text\n\n" + lines), out _, out _));
    }

    [Fact]
    public void A_cosignature_binds_its_time()
    {
        using var key = Ed25519PrivateKey.FromSeed(new byte[32]);
        var signer = new NoteSigner("witness.example", NoteSignatureType.Cosignature, key);
        var line = signer.Sign("origin\n1\nAAAA\n", 1_679_315_147);
        Assert.True(signer.VerifierKey.Verify("origin\n1\nAAAA\n", line, out var time));
        Assert.Equal(1_679_315_147, time);
        var later = line.Signature.ToArray();
        later[7]++;
        Assert.False(signer.VerifierKey.Verify("origin\n1\nAAAA\n", new NoteSignature(line.Name, line.KeyId, later), out _));
        Assert.False(signer.VerifierKey.Verify("origin\n2\nAAAA\n", line, out _));
    }

    [Theory]
    [InlineData("o\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("o\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("o\n1\nAAAA\n")]
    [InlineData("o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nextension\n")]
    [InlineData("\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("o\n9223372036854775808\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    public void A_malformed_checkpoint_is_refused(string text) => Assert.False(Checkpoint.TryParse(text, out _, out _));

    [Fact]
    public void A_tlog_proof_reads_back_and_proves_its_entry()
    {
        using var network = new TestNetwork();
        var log = new TestLog(network);
        var manifest = TestLog.Output("m");
        log.Notarize("alpine", [manifest], manifest.Digest);
        var proof = new TlogProof(2, MerkleProof.Inclusion(log.Reader, 2, log.Entries.Count), log.Publish(), new byte[] { 1, 2 });
        var bytes = proof.ToBytes();
        Assert.True(TlogProof.TryParse(bytes, out var parsed, out var error), error);
        Assert.Equal(bytes, parsed.ToBytes());
        Assert.True(parsed.VerifyInclusion(log.Entries[2].Leaf.Span));
        Assert.False(parsed.VerifyInclusion(log.Entries[3].Leaf.Span));
        for (var i = 0; i < bytes.Length; i++)
        {
            var copy = bytes.ToArray();
            copy[i] ^= 1;
            if (TlogProof.TryParse(copy, out var changed, out _))
                Assert.Equal(copy, changed.ToBytes()); // whatever is accepted has one spelling
        }
    }

    [Fact]
    public void A_policy_counts_witnesses_in_nested_groups()
    {
        var keys = Enumerable.Range(0, 6).Select(i => Ed25519PrivateKey.FromSeed([.. Enumerable.Repeat((byte)i, 32)])).ToArray();
        var log = new NoteSigner("log.example", NoteSignatureType.Ed25519, keys[0]);
        var witnesses = keys[1..].Select((k, i) => new NoteSigner($"w{i}.example", NoteSignatureType.Cosignature, k)).ToArray();
        var text = $"""
            # the shape of the example of c2sp.org/tlog-policy
            log {log.VerifierKey} https://log.example/

            witness X1 {witnesses[0].VerifierKey}
            witness X2 {witnesses[1].VerifierKey} https://x2.example
            witness X3 {witnesses[2].VerifierKey}
            group  X-witnesses 2 X1 X2 X3
            witness Y1 {witnesses[3].VerifierKey}
            	witness Y2 {witnesses[4].VerifierKey}
            group Y-witnesses any Y1 Y2
            group X-and-Y all X-witnesses Y-witnesses
            quorum X-and-Y

            """.ReplaceLineEndings("\n");
        Assert.True(TrustPolicy.TryParse(text, out var policy, out var error), error);
        var checkpoint = new Checkpoint("log.example", 1, Rfc6962.EmptyRoot);
        PolicyOutcome With(params int[] cosigners) => policy.Evaluate(new SignedCheckpoint(
            checkpoint, new SignedNote(checkpoint.ToString(), [log.Sign(checkpoint.ToString()), .. cosigners.Select(i => witnesses[i].Sign(checkpoint.ToString(), 5))])));
        Assert.True(With(0, 2, 4).Accepted);
        Assert.True(With(0, 1, 2, 3, 4).Accepted);
        Assert.False(With(0, 1).Accepted);
        Assert.False(With(0, 3, 4).Accepted);
        Assert.False(With(0, 0, 3).Accepted);
        Assert.False(With().Accepted);
        foreach (var key in keys)
            key.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("quorum nobody\n")]
    [InlineData("quorum none")]
    [InlineData("quorum none\nquorum none\n")]
    [InlineData("quorum none extra\n")]
    [InlineData("witness none {w}\nquorum none\n")]
    [InlineData("witness a {l}\nquorum none\n")]
    [InlineData("log {w}\nquorum none\n")]
    [InlineData("log {l}\nlog {l}\nquorum none\n")]
    [InlineData("witness a {w}\nwitness b {w}\nquorum none\n")]
    [InlineData("group g 1 a\nwitness a {w}\nquorum g\n")]
    [InlineData("witness a {w}\ngroup g 2 a\nquorum g\n")]
    [InlineData("witness a {w}\ngroup g 0 a\nquorum g\n")]
    [InlineData("witness a {w}\ngroup g 01 a\nquorum g\n")]
    [InlineData("witness a {w}\ngroup g all\nquorum g\n")]
    [InlineData("witness a {w}\ngroup g any a none\nquorum g\n")]
    [InlineData("witness a {w}\ngroup g any a\ngroup h any a\nquorum g\n")]
    [InlineData("witness a {w}\ngroup a any a\nquorum a\n")]
    [InlineData("quorum none\r\n")]
    [InlineData("trust me\nquorum none\n")]
    public void A_policy_that_breaks_a_rule_is_refused_with_the_line(string text)
    {
        using var key = Ed25519PrivateKey.FromSeed(new byte[32]);
        text = text
            .Replace("{w}", new VerifierKey("w", NoteSignatureType.Cosignature, key.PublicKey).ToString(), StringComparison.Ordinal)
            .Replace("{l}", new VerifierKey("l", NoteSignatureType.Ed25519, key.PublicKey).ToString(), StringComparison.Ordinal);
        Assert.False(TrustPolicy.TryParse(text, out _, out var error));
        Assert.StartsWith("policy", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpoints_assemble_when_a_quorum_signed_and_not_before()
    {
        using var network = new TestNetwork();
        var checkpoint = new Checkpoint(network.Genesis.Origin, 5, Rfc6962.EmptyRoot);
        Assert.Null(PublishedCheckpoint.Assemble(network.Genesis.Set, checkpoint, network.Sign(checkpoint, 100, [1, 3])));
        var published = PublishedCheckpoint.Assemble(network.Genesis.Set, checkpoint, network.Sign(checkpoint, 100, [3, 1, 2]));
        Assert.NotNull(published);
        Assert.Null(PublishedCheckpoint.Check(network.Genesis.Set, published, out var times));
        Assert.Equal([101, 102, 103], times!.CosignedAt);
        Assert.Equal(102, times.Time);
        Assert.True(network.File.Policy.Evaluate(published).Accepted);
        Assert.True(SignedCheckpoint.TryParse(published.Note.ToBytes(), out var parsed, out _));
        Assert.Equal(checkpoint, parsed.Checkpoint);
    }
}
