using System.Text;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Chunks;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Network;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Provenance;

public sealed class FormatTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"":"","a":[1,-1,0,true,false,{"b":"c"}],"b":9007199254740991}""")]
    [InlineData("\"\\b\\t\\n\\f\\r\\\"\\\\\\u0000\\u001f/\u20ac\u007f\"")]
    [InlineData("{\"\u20ac\":1,\"\ud83d\ude00\":2,\"\ufb33\":3}")] // RFC 8785 section 3.2.3: by UTF-16 code units
    public void Canonical_JSON_reads_back_to_the_same_bytes(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.True(CanonicalJson.TryParse(bytes, 1000, out var value, out var error), error);
        Assert.Equal(bytes, value.ToBytes());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{} ")]
    [InlineData(" {}")]
    [InlineData("{ }")]
    [InlineData("[1, 2]")]
    [InlineData("""{"b":1,"a":1}""")]
    [InlineData("""{"a":1,"a":1}""")]
    [InlineData("""{"a":1,}""")]
    [InlineData("[1,]")]
    [InlineData("01")]
    [InlineData("-0")]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("9007199254740992")]
    [InlineData("99999999999999999999")]
    [InlineData("null")]
    [InlineData("\"\\/\"")]
    [InlineData("\"\\u0041\"")]
    [InlineData("\"\\u000A\"")]
    [InlineData("\"\\u000a\"")]
    [InlineData("\"\\u001F\"")]
    [InlineData("\"\\u00\"")]
    [InlineData("\"\n\"")]
    [InlineData("\"open")]
    [InlineData("\"\\")]
    [InlineData("truefalse")]
    [InlineData("{\"\ufb33\":3,\"\ud83d\ude00\":2}")]
    public void JSON_in_another_spelling_is_refused(string text) =>
        Assert.False(CanonicalJson.TryParse(Encoding.UTF8.GetBytes(text), 1000, out _, out _));

    [Fact]
    public void Canonical_JSON_of_any_length_reads_back_whatever_stands_where_memory_ends()
    {
        foreach (var special in new[] { "\"", "\\", "\u0001", "\u20ac", "\ud83d\ude00" })
        {
            foreach (var length in new[] { 4090, 4091, 4092, 4093, 4094, 4095, 4096, 100_000 })
            {
                CanonicalValue value = CanonicalArray.Of([new string('a', length) + special, new string('b', length), -CanonicalJson.MaxInteger, true]);
                Assert.True(CanonicalJson.TryParse(value.ToBytes(), 1_000_000, out var read, out var error), error);
                Assert.Equal(((CanonicalArray)value).Items, ((CanonicalArray)read).Items);
            }
        }
    }

    [Fact]
    public void A_lone_surrogate_and_an_integer_that_is_not_exact_have_no_canonical_form()
    {
        // An attribute would not keep them: its strings are UTF-8.
        foreach (var text in new[] { "\ud83d", "\ud83da", "a\ude00", "\ude00\ud83d" })
            Assert.Throws<ArgumentException>(new CanonicalString(text).ToBytes);
        Assert.Throws<ArgumentException>(new CanonicalInteger(CanonicalJson.MaxInteger + 1).ToBytes);
        Assert.Throws<ArgumentException>(new CanonicalInteger(-CanonicalJson.MaxInteger - 1).ToBytes);
    }

    [Fact]
    public void Base64_of_any_length_reads_back()
    {
        for (var length = 0; length < 70; length++)
        {
            byte[] bytes = [.. Enumerable.Range(0, length).Select(i => unchecked((byte)(255 - (i * 7))))];
            Assert.True(StrictBase64.TryDecode(Convert.ToBase64String(bytes), out var read));
            Assert.Equal(bytes, read);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("QQ")]
    [InlineData("QR==")]
    [InlineData("QUF=")]
    [InlineData("QQ==    ")]
    [InlineData("    QQ==")]
    [InlineData("QUFB    ")]
    [InlineData("Q Q=")]
    [InlineData("QQ= =QUF")]
    [InlineData("QQ==QUFB")]
    [InlineData("====")]
    [InlineData("A===")]
    [InlineData("QUF-")]
    [InlineData("QUF\u20ac")]
    public void Base64_in_another_spelling_is_refused(string? text) => Assert.False(StrictBase64.TryDecode(text, out _));

    [Fact]
    public void JSON_that_nests_without_end_or_is_too_long_is_refused()
    {
        Assert.False(CanonicalJson.TryParse(Encoding.UTF8.GetBytes(new string('[', 100_000)), 1_000_000, out _, out _));
        Assert.False(CanonicalJson.TryParse("[]"u8, 1, out _, out _));
        Assert.False(CanonicalJson.TryParse([(byte)'"', 0xff, (byte)'"'], 10, out _, out _));
    }

    [Fact]
    public void The_pre_authentication_encoding_is_that_of_the_DSSE_specification() =>
        Assert.Equal("DSSEv1 29 http://example.com/HelloWorld 11 hello world", Encoding.UTF8.GetString(Dsse.Pae("http://example.com/HelloWorld", "hello world"u8)));

    [Fact]
    public void A_P256_signature_has_a_low_s_and_its_high_twin_is_refused()
    {
        using var key = P256PrivateKey.Generate();
        var n = System.Numerics.BigInteger.Parse("0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);
        for (var i = 0; i < 50; i++)
        {
            var message = BitConverter.GetBytes(i);
            var signature = key.Sign(message);
            Assert.True(key.PublicKey.Verify(message, signature));
            Assert.False(key.PublicKey.Verify([1], signature));
            var fixedForm = new byte[64];
            Assert.True(EcdsaDer.TryDecode(signature, fixedForm));
            Assert.Equal(signature, EcdsaDer.Encode(fixedForm));
            var high = (n - new System.Numerics.BigInteger(fixedForm.AsSpan(32), isUnsigned: true, isBigEndian: true)).ToByteArray(isUnsigned: true, isBigEndian: true);
            var twin = EcdsaDer.Encode([.. fixedForm[..32], .. new byte[32 - high.Length], .. high]);
            Assert.False(key.PublicKey.Verify(message, twin));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("3006020101020101ff")]
    [InlineData("300602010102010100")]
    [InlineData("30070202000102010100")]
    [InlineData("3006020181020101")]
    [InlineData("308106020101020101")]
    [InlineData("3006020000020101")]
    [InlineData("3006020100020101")]
    public void DER_in_another_spelling_is_refused(string hex) => Assert.False(EcdsaDer.TryDecode(Convert.FromHexString(hex), new byte[64]));

    [Fact]
    public void Keys_survive_their_encodings()
    {
        using var key = P256PrivateKey.Generate();
        using var again = P256PrivateKey.FromPkcs8(key.ExportPkcs8());
        Assert.Equal(key.PublicKey, again.PublicKey);
        Assert.True(P256PublicKey.TryFromSpki(key.PublicKey.Spki, out var parsed));
        Assert.Equal(key.PublicKey, parsed);
        var off = key.PublicKey.Spki.ToArray();
        off[^1] ^= 1;
        Assert.False(P256PublicKey.TryFromSpki(off, out _));
        Assert.False(P256PublicKey.TryFromSpki([], out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(10_000)]
    public void A_chunk_tree_verifies_every_chunk_and_no_other(int length)
    {
        var blob = new byte[length];
        new Random(length).NextBytes(blob);
        using var builder = new ChunkTreeBuilder(1024);
        for (var at = 0; at < length; at += 777)
            builder.Append(blob.AsSpan(at, Math.Min(777, length - at)));
        var chunked = builder.Finish();
        Assert.Equal(Pyrsia.Contracts.Digest.Of(blob), chunked.Digest);
        Assert.Equal(ChunkTreeBuilder.Compute(blob, 1024).Tree.Root, chunked.Tree.Root);
        Assert.True(ChunkLayout.TryCreate(length, 1024, out var layout));
        Assert.True(ChunkTree.TryCreate(layout, chunked.Tree.Root, chunked.Tree.ToLeafList(), out var tree));
        for (var i = 0; i < layout.Count; i++)
        {
            var chunk = blob.AsSpan((int)layout.OffsetOf(i), layout.LengthOf(i)).ToArray();
            Assert.True(tree.Verify(i, chunk));
            var proof = tree.Prove(i).ToArray();
            Assert.True(ChunkTree.VerifyProof(layout, tree.Root, i, chunk, proof));
            Assert.False(tree.Verify(i + 1, chunk));
            chunk[^1] ^= 1;
            Assert.False(tree.Verify(i, chunk));
            Assert.False(ChunkTree.VerifyProof(layout, tree.Root, i, chunk, proof));
        }

        Assert.False(tree.Verify(-1, []));
        Assert.False(tree.Verify(layout.Count, []));
        Assert.False(ChunkTree.TryCreate(layout, chunked.Tree.Root, [.. chunked.Tree.ToLeafList(), .. new byte[32]], out _));
    }

    [Theory]
    [InlineData(-1, 1024)]
    [InlineData(1L << 41, 1 << 20)]
    [InlineData(10, 0)]
    [InlineData(10, 1000)]
    [InlineData(10, 1 << 25)]
    [InlineData(1L << 40, 1024)]
    public void A_layout_beyond_the_limits_is_refused(long length, long chunkSize) => Assert.False(ChunkLayout.TryCreate(length, chunkSize, out _));

    [Fact]
    public void A_network_file_reads_back_and_keeps_its_chain_id()
    {
        using var network = new TestNetwork();
        var file = new NetworkFile(network.Genesis, bootstrap: ["/ip4/127.0.0.1/tcp/1"], maxTagAge: TimeSpan.FromHours(2));
        Assert.True(NetworkFile.TryParse(file.ToBytes(), null, out var parsed, out var error), error);
        Assert.Equal(network.Genesis.ChainId, parsed.Genesis.ChainId);
        Assert.Equal(file.ToBytes(), parsed.ToBytes());
        Assert.Equal(TimeSpan.FromHours(2), parsed.MaxTagAge);
        var byPath = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(file.ToBytes()).Replace(System.Text.Json.JsonEncodedText.Encode(file.PolicyText, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(), "policy.txt", StringComparison.Ordinal));
        Assert.False(NetworkFile.TryParse(byPath, null, out _, out error));
        Assert.Contains("policy", error, StringComparison.Ordinal);
        Assert.True(NetworkFile.TryParse(byPath, path => path == "policy.txt" ? file.PolicyText : null, out _, out error), error);
    }

    [Theory]
    [InlineData("\"origin\"", "\"orign\"", "origin is missing")]
    [InlineData("\"threshold\": 2", "\"threshold\": 1", "builders.threshold")]
    [InlineData("\"threshold\": 2", "\"threshold\": 4", "organisations")]
    [InlineData("\"threshold\": 2", "\"threshold\": 2.5", "fractions")]
    [InlineData("\"epoch\": 0", "\"epoch\": 1", "authorities.epoch")]
    [InlineData("\"peer1\"", "\"peer0\"", "own")]
    [InlineData("\"testNetwork\": true", "\"testNetwork\": false", "operator key")]
    [InlineData("\"maxTagAge\": 86400", "\"maxTagAge\": -1", "maxTagAge")]
    [InlineData("\"maxTagAge\": 86400", "\"maxTagAge\": 86400, \"extra\": 1", "unknown fields")]
    [InlineData("\"maxTagAge\": 86400", "\"maxTagAge\": 86400, \"maxTagAge\": 86400", "not JSON")]
    [InlineData("quorum authorities", "quorum nobody", "policy")]
    [InlineData("{", "[", "not JSON")]
    public void A_wrong_network_file_is_refused_with_the_field_that_is_wrong(string find, string put, string says)
    {
        using var network = new TestNetwork();
        var text = Encoding.UTF8.GetString(network.File.ToBytes());
        var at = text.IndexOf(find, StringComparison.Ordinal);
        Assert.True(at >= 0);
        text = text[..at] + put + text[(at + find.Length)..];
        Assert.False(NetworkFile.TryParse(Encoding.UTF8.GetBytes(text), null, out _, out var error));
        Assert.Contains(says, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_damage_to_a_leaf_never_throws_and_never_has_a_second_spelling()
    {
        using var network = new TestNetwork();
        var log = new TestLog(network);
        var manifest = TestLog.Output("m");
        log.Notarize("alpine", [manifest], manifest.Digest);
        var random = new Random(7);
        foreach (var entry in log.Entries)
        {
            for (var round = 0; round < 2000; round++)
            {
                var copy = entry.Leaf.ToArray();
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                    copy[random.Next(copy.Length)] = (byte)random.Next(256);
                if (LogEntry.TryParse(copy, out var parsed, out _) && parsed is SignedEntry signed)
                    signed.VerifySignature();
            }
        }
    }
}
