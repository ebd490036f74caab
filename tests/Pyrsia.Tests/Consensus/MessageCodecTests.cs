using System.Security.Cryptography;
using Pyrsia.Consensus;
using Pyrsia.Testing.Consensus;
using Xunit;

namespace Pyrsia.Tests.Consensus;

public sealed class MessageCodecTests
{
    private const int Participants = 10;

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(10)]
    [InlineData(128)]
    public void What_is_encoded_decodes_to_what_encodes_the_same(int participants)
    {
        var codec = new MessageCodec(participants);
        var samples = new MessageSamples(1, participants);
        for (var i = 0; i < 500; i++)
        {
            var bytes = codec.Encode(samples.Next());
            var decoded = codec.Decode(bytes);
            Assert.NotNull(decoded);
            Assert.Equal(bytes, codec.Encode(decoded));
        }
    }

    [Fact]
    public void A_message_with_one_byte_more_or_any_number_less_is_no_message()
    {
        var codec = new MessageCodec(Participants);
        var samples = new MessageSamples(2, Participants);
        for (var i = 0; i < 200; i++)
        {
            var bytes = codec.Encode(samples.Next());
            Assert.Null(codec.Decode([.. bytes, 0]));
            for (var length = 0; length < bytes.Length; length++) Assert.Null(codec.Decode(bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Changed_bytes_never_crash_the_decoder_and_what_it_accepts_is_canonical()
    {
        var codec = new MessageCodec(Participants);
        var samples = new MessageSamples(3, Participants);
        var random = new SimulationRandom(4);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = codec.Encode(samples.Next());
            for (var changes = random.Between(1, 4); changes > 0; changes--) bytes[random.Below(bytes.Length)] = (byte)random.Below(256);
            if (codec.Decode(bytes) is { } decoded) Assert.Equal(bytes, codec.Encode(decoded));
        }
    }

    [Fact]
    public void A_length_beyond_the_message_is_refused_before_memory_is_taken()
    {
        var codec = new MessageCodec(Participants);
        byte[][] liars =
        [
            [3, 0xFF, 0xFF, 0xFF, 0xFF],
            [3, 0, 0, 1, 0],
            [6, 0, 0, 3, 0xE8],
            [7, 0, 0, 3, 0xE8],
            [11, 0, 1, 0, 0],
        ];
        foreach (var liar in liars)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Null(codec.Decode(liar));
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1000);
        }
        Assert.Null(codec.Decode(new byte[ConsensusLimits.MaxMessageBytes + 1]));
    }

    [Fact]
    public void A_certificate_bitmap_names_members_only_and_as_many_as_there_are_signatures()
    {
        var writer = new WireWriter();
        CertificateCodec.Write(writer, new MessageSamples(5, Participants).Certificate(VoteKind.Nullify), Participants);
        var good = writer.ToArray();
        const int Bitmap = 17;
        Assert.NotNull(Read(good));
        Assert.Null(Read(Changed(good, Bitmap + 1, b => (byte)(b | 0b100))));
        Assert.Null(Read(Changed(good, Bitmap + 1, b => (byte)(b | 0x80))));
        Assert.Null(Read(Changed(good, Bitmap, _ => 0xFF)));
        Assert.Null(Read([.. good[..Bitmap], 0, 0]));
        Assert.Null(Read(good[..^1]));
        Assert.Null(Read([.. good, 0]));
        Assert.Null(Read(Changed(good, 0, _ => 0)));
        Assert.Null(Read(Changed(good, 0, _ => 4)));
    }

    [Fact]
    public void A_vote_of_a_signer_outside_the_set_is_refused()
    {
        var codec = new MessageCodec(Participants);
        var wide = new MessageCodec(Participants + 1);
        var vote = new MessageSamples(6, Participants).Vote();
        Assert.Null(codec.Decode(wide.Encode(new VoteMessage(vote with { Signer = Participants }))));
        Assert.NotNull(codec.Decode(codec.Encode(new VoteMessage(vote with { Signer = Participants - 1 }))));
    }

    [Fact]
    public void The_signed_bytes_are_those_of_the_specification()
    {
        Span<byte> bytes = stackalloc byte[VoteBytes.Length];
        var chain = Hash256.Of([1]);
        var block = Hash256.Of([2]);
        VoteBytes.Write(bytes, chain, VoteKind.Finalize, new Epoch(0x0102), new View(0x030405), block);
        byte[] expected =
            [.. "pyrsia-bft/v1\0"u8, .. chain.ToArray(), 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 3, 4, 5, 3, .. block.ToArray()];
        Assert.Equal(expected, bytes.ToArray());
    }

    [Fact]
    public void A_copied_header_has_its_own_hash()
    {
        var header = new MessageSamples(7, Participants).Header();
        var before = header.Hash;
        var later = header with { TimeMs = header.TimeMs + 1 };
        Assert.NotEqual(before, later.Hash);
        Assert.NotEqual(header, later);
        Assert.Equal(before, (later with { TimeMs = header.TimeMs }).Hash);
    }

    /// <summary>The encodings are part of every stored file and of every signed block: this row changes only on purpose.</summary>
    [Fact]
    public void The_encodings_are_the_ones_that_are_written_down()
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var codec = new MessageCodec(Participants);
        var samples = new MessageSamples(8, Participants);
        for (var i = 0; i < 1000; i++) all.AppendData(codec.Encode(samples.Next()));
        Assert.Equal(ConformanceRow, Convert.ToHexStringLower(all.GetHashAndReset()));
    }

    private const string ConformanceRow = "1e17a7db3a911f56a53a7490d7a124016c8ecd9681baa74d7a430838f331ba2a";

    private static Certificate? Read(byte[] bytes)
    {
        var reader = new WireReader(bytes);
        var certificate = CertificateCodec.Read(ref reader, Participants);
        return reader.AtEnd ? certificate : null;
    }

    private static byte[] Changed(byte[] bytes, int at, Func<byte, byte> change)
    {
        var copy = bytes.ToArray();
        copy[at] = change(copy[at]);
        return copy;
    }
}
