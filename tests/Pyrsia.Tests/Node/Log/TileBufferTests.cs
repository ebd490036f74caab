using Pyrsia.Node.Log;
using Pyrsia.Provenance.Merkle;
using Xunit;

namespace Pyrsia.Tests.Node.Log;

public sealed class TileBufferTests
{
    [Fact]
    public void A_bundle_that_is_a_little_longer_than_those_before_it_takes_no_new_memory()
    {
        var buffer = new TileBuffer();
        buffer.Begin(590_000, TilePath.Entries(0), "here").Span.Fill(1);
        var capacity = buffer.Capacity;
        Assert.Equal(600_000, buffer.Begin(600_000, TilePath.Entries(1), "here").Length);
        Assert.Equal(capacity, buffer.Capacity);
        Assert.Equal(600_000, buffer.Bytes.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(TilePath.FullWidth * TreeHash.Size)]
    [InlineData(EntryBundle.MaxBytes)]
    public void There_is_room_for_what_is_read_and_a_tile_of_hashes_takes_its_length(int length)
    {
        var buffer = new TileBuffer();
        Assert.Equal(length, buffer.Begin(length, TilePath.Entries(0), "here").Length);
        Assert.InRange(buffer.Capacity, length, length <= TilePath.FullWidth * TreeHash.Size ? length : length * 1.01);
    }
}
