using Pyrsia.Content;
using Pyrsia.Content.Exchange;
using Pyrsia.Content.Store;
using Pyrsia.Testing;
using Pyrsia.Testing.Content;
using Xunit;

namespace Pyrsia.Tests.Content.Exchange;

public sealed class ContentServiceTests : IAsyncDisposable
{
    private static readonly ExchangeOptions Options = new()
    {
        ChunkTimeout = TimeSpan.FromMilliseconds(300),
        HedgeAfter = TimeSpan.FromMilliseconds(100),
        PeerBackOff = TimeSpan.FromMilliseconds(100),
        ProviderRefresh = TimeSpan.FromMilliseconds(50),
        GiveUpAfter = TimeSpan.FromSeconds(1),
    };

    private readonly TemporaryDirectory _directory = new();
    private readonly SomeContent _content = new((12 * ContentStore.DefaultChunkSize) + 99);
    private readonly SimulatedExchange _exchange = new(TimeProvider.System);
    private readonly TransferCounters _counters = new();
    private readonly ContentStore _store;
    private readonly ContentService _service;
    private readonly List<ContentStore> _others = [];

    public ContentServiceTests()
    {
        _store = ContentStore.Open(_directory["own"]);
        _service = new ContentService(_store, _exchange, _exchange, _counters, Options, TimeProvider.System);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _exchange.Dispose();
        _store.Dispose();
        foreach (var other in _others) other.Dispose();
        _directory.Dispose();
    }

    private async Task<Pyrsia.Libp2p.PeerId> Holder(ExchangeFault fault = ExchangeFault.None)
    {
        var store = ContentStore.Open(_directory[$"peer{_others.Count}"]);
        _others.Add(store);
        await store.AddAsync(new MemoryStream(_content.Bytes), null, long.MaxValue, Cancel);
        return _exchange.Add(store, fault);
    }

    private async Task<byte[]> ReadAll(ContentService? service = null)
    {
        using var reader = await (service ?? _service).OpenAsync(_content.Descriptor, Cancel);
        var bytes = new MemoryStream();
        var buffer = new byte[_content.Descriptor.ChunkSize];
        for (var i = 0; i < _content.Descriptor.ChunkCount; i++)
        {
            await reader.ReadChunkAsync(i, buffer, Cancel);
            bytes.Write(buffer, 0, _content.Descriptor.ChunkLength(i));
        }
        return bytes.ToArray();
    }

    [Fact]
    public async Task Content_is_fetched_from_a_peer_stored_and_announced()
    {
        var peer = await Holder();
        Assert.Equal(_content.Bytes, await ReadAll());
        while (_exchange.Announced.IsEmpty) await Task.Yield(); // the last chunk reaches the reader before the file its place
        Assert.True(_store.Contains(_content.Descriptor.Digest));
        Assert.Equal(_content.Bytes.Length, _counters.BytesIn);
        Assert.Equal(_content.Bytes.Length, _counters.Peers[peer].In);
        Assert.Contains(_content.Descriptor.Digest, _exchange.Announced);
    }

    [Theory]
    [InlineData(ExchangeFault.WrongByte)]
    [InlineData(ExchangeFault.WrongLeaves)]
    public async Task A_peer_that_sends_one_wrong_byte_is_banned_and_the_pull_succeeds_from_another(ExchangeFault fault)
    {
        var liar = await Holder(fault);
        var fetching = ReadAll();
        while (!_exchange.Banned.ContainsKey(liar)) await Task.Yield();
        await Holder();
        Assert.Equal(_content.Bytes, await fetching);
        Assert.Single(_exchange.Banned);
    }

    [Theory]
    [InlineData(ExchangeFault.Stall)]
    [InlineData(ExchangeFault.Cut)]
    [InlineData(ExchangeFault.Malformed)]
    [InlineData(ExchangeFault.Unreachable)]
    public async Task A_peer_that_stalls_breaks_off_or_answers_nonsense_is_replaced_and_the_reader_does_not_notice(ExchangeFault fault)
    {
        await Holder(fault);
        await Holder();
        Assert.Equal(_content.Bytes, await ReadAll());
        Assert.Empty(_exchange.Banned);
    }

    [Fact]
    public async Task What_a_broken_stream_was_to_bring_another_stream_of_the_same_peer_brings()
    {
        var only = await Holder(ExchangeFault.CutFurther);
        Assert.Equal(_content.Bytes, await ReadAll());
        Assert.Equal(_content.Bytes.Length, _counters.Peers[only].In);
    }

    [Fact]
    public async Task Several_peers_share_one_download()
    {
        for (var i = 0; i < 3; i++) await Holder();
        // Nobody is slow here: on a busy machine a hasty download would ask twice for some chunks.
        await using var patient = new ContentService(_store, _exchange, _exchange, _counters, Options with { HedgeAfter = TimeSpan.FromMinutes(1), ChunkTimeout = TimeSpan.FromMinutes(1), GiveUpAfter = TimeSpan.FromMinutes(2) }, TimeProvider.System);
        Assert.Equal(_content.Bytes, await ReadAll(patient));
        Assert.Equal(_content.Bytes.Length, _counters.Peers.Values.Sum(c => c.In));
    }

    [Theory]
    [InlineData(ExchangeFault.Stall)]
    [InlineData(ExchangeFault.Malformed)]
    public async Task Without_a_holder_the_reader_is_told_within_the_time_out(ExchangeFault fault)
    {
        await Holder(fault);
        var error = await Assert.ThrowsAsync<ContentStoreException>(() => ReadAll());
        Assert.Equal(ContentFault.Abandoned, error.Fault);
        Assert.Contains("could not be fetched", error.Message, StringComparison.Ordinal);
        Assert.False(_store.Contains(_content.Descriptor.Digest));
    }

    [Fact]
    public async Task Readers_of_the_same_content_share_one_download()
    {
        await Holder();
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ReadAll()));
        Assert.All(all, bytes => Assert.Equal(_content.Bytes, bytes));
        Assert.InRange(_counters.BytesIn, _content.Bytes.Length, (long)(_content.Bytes.Length * 1.05));
    }

    [Fact]
    public async Task A_node_serves_what_it_is_still_fetching()
    {
        await Holder();
        using var partial = _store.OpenPartial(_content.Descriptor, _content.Leaves);
        Assert.True(partial.TryWriteChunk(0, _content.Chunk(0)));
        var (asking, answering) = PipeExchangeStream.Pair();
        var serving = new ExchangeServer(_store, _counters, TimeProvider.System).ServeAsync(_exchange.Add(_store), answering, Cancel);
        await using var session = new ExchangeSession(asking);

        var held = await session.DescribeAsync(_content.Descriptor, Cancel);
        await session.AskAsync(_content.Descriptor.Digest, new ChunkRun(0, 2), Cancel);
        var buffer = new byte[_content.Descriptor.ChunkSize];

        Assert.True(held!.Value.Has(0));
        Assert.False(held.Value.Has(1));
        Assert.True(await session.ReadChunkAsync(buffer, Cancel));
        Assert.Equal(_content.Chunk(0), buffer);
        Assert.False(await session.ReadChunkAsync(buffer, Cancel));
        await session.DisposeAsync();
        await serving;
    }
}
