using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Testing;
using Pyrsia.Testing.Content;
using Xunit;

namespace Pyrsia.Tests.Content.Store;

public sealed class ContentStoreTests : IDisposable
{
    private const int Chunk = ContentStore.DefaultChunkSize;

    private readonly TemporaryDirectory _directory = new();
    private readonly SomeContent _content = new((3 * Chunk) + 17);

    public void Dispose() => _directory.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<byte[]> ReadAll(IContentReader reader)
    {
        var bytes = new List<byte>();
        var buffer = new byte[reader.Descriptor.ChunkSize];
        for (var i = 0; i < reader.Descriptor.ChunkCount; i++)
        {
            await reader.ReadChunkAsync(i, buffer, Cancel);
            bytes.AddRange(buffer.AsSpan(0, reader.Descriptor.ChunkLength(i)));
        }
        return [.. bytes];
    }

    [Fact]
    public async Task What_is_added_is_read_back_by_a_later_run()
    {
        using (var store = ContentStore.Open(_directory.Path))
            Assert.Equal(_content.Descriptor, await store.AddAsync(new MemoryStream(_content.Bytes), _content.Descriptor.Digest, long.MaxValue, Cancel));

        using var later = ContentStore.Open(_directory.Path);
        Assert.True(later.Contains(_content.Descriptor.Digest));
        Assert.Equal(_content.Descriptor, later.Describe(_content.Descriptor.Digest));
        using var reader = later.TryOpen(_content.Descriptor.Digest)!;
        Assert.Equal(_content.Bytes, await ReadAll(reader));
    }

    [Fact]
    public async Task Empty_content_is_content()
    {
        using var store = ContentStore.Open(_directory.Path);
        var empty = await store.AddAsync(Stream.Null, null, 0, Cancel);
        Assert.Equal(Digest.Of([]), empty.Digest);
        using var reader = store.TryOpen(empty.Digest)!;
        Assert.Empty(await ReadAll(reader));
        using var partial = store.OpenPartial(new SomeContent(0).Descriptor, []);
        Assert.True(partial.IsComplete);
    }

    [Fact]
    public async Task Wrong_or_too_much_content_leaves_nothing_behind()
    {
        using var store = ContentStore.Open(_directory.Path);
        var wrong = await Assert.ThrowsAsync<ContentStoreException>(() => store.AddAsync(new MemoryStream(_content.Bytes), Digest.Of([]), long.MaxValue, Cancel));
        var large = await Assert.ThrowsAsync<ContentStoreException>(() => store.AddAsync(new MemoryStream(_content.Bytes), null, _content.Bytes.Length - 1, Cancel));

        Assert.Equal(ContentFault.WrongDigest, wrong.Fault);
        Assert.Equal(ContentFault.TooLarge, large.Fault);
        Assert.Empty(Directory.EnumerateFiles(_directory.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Chunks_arrive_in_any_order_and_the_last_is_held_back_until_the_whole_is_verified()
    {
        using var store = ContentStore.Open(_directory.Path);
        using var partial = store.OpenPartial(_content.Descriptor, _content.Leaves);

        Assert.True(partial.TryWriteChunk(3, _content.Chunk(3)));
        Assert.True(partial.TryWriteChunk(1, _content.Chunk(1)));
        Assert.True(partial.Has(1));
        Assert.False(partial.Has(3));
        Assert.False(store.Contains(_content.Descriptor.Digest));
        Assert.Empty(Directory.EnumerateFiles(_directory["blobs"], "*", SearchOption.AllDirectories));

        var reading = ReadAll(partial);
        Assert.True(partial.TryWriteChunk(0, _content.Chunk(0)));
        Assert.False(partial.IsComplete);
        Assert.True(partial.TryWriteChunk(2, _content.Chunk(2)));

        Assert.True(partial.IsComplete);
        Assert.True(store.Contains(_content.Descriptor.Digest));
        Assert.Equal(_content.Bytes, await reading);
    }

    [Fact]
    public async Task Readers_have_the_last_byte_before_the_disk_has_and_a_disk_that_refuses_is_told()
    {
        using var store = ContentStore.Open(_directory.Path);
        using var partial = store.OpenPartial(_content.Descriptor, _content.Leaves);
        var reading = ReadAll(partial);
        for (var i = 0; i < 3; i++) Assert.True(partial.TryWriteChunk(i, _content.Chunk(i)));
        // A file where the directory of the content belongs: it cannot get its name.
        await File.WriteAllTextAsync(Path.Combine(_directory["blobs"], "sha256", _content.Descriptor.Digest.Hex[..2]), "", Cancel);

        var refused = Assert.Throws<ContentStoreException>(() => partial.TryWriteChunk(3, _content.Chunk(3)));

        Assert.Equal(ContentFault.Unusable, refused.Fault);
        Assert.Equal(_content.Bytes, await reading);
        Assert.False(partial.IsComplete);
        Assert.False(store.Contains(_content.Descriptor.Digest));
        Assert.Equal(ContentFault.Unusable, (await Assert.ThrowsAsync<ContentStoreException>(() => partial.WaitAsync(Cancel))).Fault);
    }

    [Fact]
    public void A_chunk_with_one_wrong_byte_or_of_another_place_is_refused()
    {
        using var store = ContentStore.Open(_directory.Path);
        using var partial = store.OpenPartial(_content.Descriptor, _content.Leaves);
        var wrong = _content.Chunk(1).ToArray();
        wrong[^1] ^= 1;

        Assert.False(partial.TryWriteChunk(1, wrong));
        Assert.False(partial.TryWriteChunk(0, _content.Chunk(1)));
        Assert.False(partial.TryWriteChunk(3, _content.Chunk(0)));
        Assert.Equal(0, partial.PresentChunks);
    }

    [Fact]
    public void Chunk_hashes_that_do_not_lead_to_the_logged_root_are_refused()
    {
        using var store = ContentStore.Open(_directory.Path);
        var other = new SomeContent(_content.Bytes.Length, seed: 2);
        Assert.Equal(ContentFault.WrongChunk, Assert.Throws<ContentStoreException>(() => store.OpenPartial(_content.Descriptor, other.Leaves)).Fault);
        Assert.Equal(ContentFault.WrongChunk, Assert.Throws<ContentStoreException>(() => store.OpenPartial(_content.Descriptor, _content.Leaves[..3])).Fault);
    }

    [Fact]
    public void A_root_that_was_signed_for_other_bytes_never_becomes_content()
    {
        using var store = ContentStore.Open(_directory.Path);
        var lie = _content.Descriptor with { Digest = Digest.Of("something else"u8) };
        using var partial = store.OpenPartial(lie, _content.Leaves);
        for (var i = 0; i < 3; i++) Assert.True(partial.TryWriteChunk(i, _content.Chunk(i)));

        var refused = Assert.Throws<ContentStoreException>(() => partial.TryWriteChunk(3, _content.Chunk(3)));

        Assert.Equal(ContentFault.WrongDigest, refused.Fault);
        Assert.False(partial.Has(3));
        Assert.False(store.Contains(lie.Digest));
    }

    [Fact]
    public void An_arrival_goes_on_where_an_earlier_run_stopped_and_drops_chunks_that_the_disk_lost()
    {
        using (var store = ContentStore.Open(_directory.Path))
        using (var partial = store.OpenPartial(_content.Descriptor, _content.Leaves))
            for (var i = 0; i < 2; i++) Assert.True(partial.TryWriteChunk(i, _content.Chunk(i)));
        using (var file = File.OpenWrite(Path.Combine(_directory["partial"], _content.Descriptor.Digest.Hex)))
            file.WriteByte((byte)(_content.Bytes[0] ^ 1));

        using var later = ContentStore.Open(_directory.Path);
        var leaves = later.PartialLeaves(_content.Descriptor);
        using var again = later.OpenPartial(_content.Descriptor, leaves!);

        Assert.False(again.HasArrived(0));
        Assert.True(again.HasArrived(1));
    }

    [Fact]
    public async Task A_damaged_file_is_found_on_reading_and_moved_to_quarantine()
    {
        using (var store = ContentStore.Open(_directory.Path)) await store.AddAsync(new MemoryStream(_content.Bytes), null, long.MaxValue, Cancel);
        var hex = _content.Descriptor.Digest.Hex;
        using (var file = new FileStream(Path.Combine(_directory["blobs"], "sha256", hex[..2], hex), FileMode.Open))
        {
            file.Position = Chunk + 5;
            file.WriteByte((byte)(_content.Bytes[Chunk + 5] ^ 0x80));
        }

        using var later = ContentStore.Open(_directory.Path);
        using var reader = later.TryOpen(_content.Descriptor.Digest)!;
        await reader.ReadChunkAsync(0, new byte[Chunk], Cancel);
        var damage = await Assert.ThrowsAsync<ContentStoreException>(async () => await reader.ReadChunkAsync(1, new byte[Chunk], Cancel));

        Assert.Equal(ContentFault.Corrupt, damage.Fault);
        Assert.Null(later.TryOpen(_content.Descriptor.Digest));
        Assert.True(File.Exists(Path.Combine(_directory["quarantine"], hex)));
    }

    [Fact]
    public async Task A_reader_of_content_that_is_given_up_is_told_so()
    {
        using var store = ContentStore.Open(_directory.Path);
        using var partial = store.OpenPartial(_content.Descriptor, _content.Leaves);
        var reading = ReadAll(partial);
        partial.Abandon("no peer has it");
        Assert.Equal(ContentFault.Abandoned, (await Assert.ThrowsAsync<ContentStoreException>(() => reading)).Fault);
        Assert.Null(store.TryOpen(_content.Descriptor.Digest));
    }
}
