using System.Text;
using Pyrsia.Authority.Cluster;
using Pyrsia.Consensus;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Notes;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Authority;

public sealed class CheckpointPublisherTests : IDisposable
{
    private readonly TestNetwork _network = new(realPeers: true);
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTime _time = new(DateTimeOffset.FromUnixTimeSeconds(1_750_000_000));
    private readonly Port _port = new();
    private readonly LogStore _store;
    private readonly CheckpointPublisher _publisher;

    public CheckpointPublisherTests()
    {
        _store = LogStore.Open(_directory.Path);
        _publisher = Publisher(_store);
    }

    public void Dispose()
    {
        _store.Dispose();
        _directory.Dispose();
        _network.Dispose();
    }

    private CheckpointPublisher Publisher(LogStore store)
    {
        var keys = _network.KeysOf(0);
        return new CheckpointPublisher(_network.Genesis, EpochPlace.Of([_network.Genesis.Set], keys), keys, store, new LogSets(store, _network.Genesis), _port, _time);
    }

    private void Grow(int by = 1) => _store.Append([.. Enumerable.Range(0, by).Select(i => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes($"leaf {_store.Size + i}"))]);

    private Checkpoint Here => new(_network.Genesis.Origin, _store.Size, _store.Root);

    private byte[] From(int authority, Checkpoint checkpoint, long? time = null)
    {
        var lines = _network.Sign(checkpoint, (time ?? _time.GetUtcNow().ToUnixTimeSeconds()) - authority, [authority]).ToArray();
        return CosignMessage.Encode(checkpoint, lines[1], lines[0]);
    }

    [Fact]
    public void A_quorum_publishes_and_fewer_do_not()
    {
        Grow(3);
        _publisher.Cosign();
        _publisher.Receive(1, From(1, Here));
        Assert.Null(_store.Checkpoint);
        _publisher.Receive(2, From(2, Here));
        Assert.Equal(Here, _store.Checkpoint!.Checkpoint);
        Assert.Null(PublishedCheckpoint.Check(_network.Genesis.Set, _store.Checkpoint, out var times));
        Assert.Equal(1_750_000_000, times!.Time);
        Assert.True(SignedNote.TryParse(_store.LogSignatures!.Value.Span, out var note, out _));
        Assert.Equal(3, note.Signatures.Length);
    }

    [Fact]
    public void Signatures_that_came_before_the_own_log_reached_the_size_count_when_it_does()
    {
        Grow(2);
        var (messageOne, messageTwo) = (From(1, Here), From(2, Here));
        using var fresh = new TemporaryDirectory();
        using var store = LogStore.Open(fresh.Path);
        var publisher = Publisher(store);
        publisher.Receive(1, messageOne);
        publisher.Receive(2, messageTwo);
        Assert.Null(store.Checkpoint);
        Assert.Empty(_port.Broadcasts);
        store.Append([.. _store.ReadLeaves(0)]);
        publisher.Cosign();
        Assert.Equal(2, store.Checkpoint!.Checkpoint.Size);
    }

    [Fact]
    public void A_size_that_is_not_stored_here_is_never_signed()
    {
        Grow();
        var far = new Checkpoint(_network.Genesis.Origin, 100, Here.Root);
        for (var i = 1; i < 4; i++) _publisher.Receive(i, From(i, far));
        _publisher.Cosign();
        Assert.All(_port.Broadcasts, message => Assert.Equal(1, Read(message).Size));
        Assert.Empty(_port.Sent);
        Assert.Null(_store.Checkpoint);
    }

    [Fact]
    public void Another_root_at_the_same_size_is_never_published()
    {
        Grow();
        _publisher.Cosign();
        var forged = new Checkpoint(_network.Genesis.Origin, 1, Rfc6962.HashLeaf("forged"u8));
        for (var i = 1; i < 4; i++) _publisher.Receive(i, From(i, forged));
        Assert.Null(_store.Checkpoint);
        Assert.All(_port.Broadcasts, message => Assert.Equal(Here.Root, Read(message).Root));
    }

    [Fact]
    public void Lines_of_another_key_another_log_or_another_sender_are_refused()
    {
        Grow();
        _publisher.Cosign();
        using var stranger = new TestNetwork(seed: "stranger");
        var lines = stranger.Sign(Here, 1_750_000_000, [1]).ToArray();
        _publisher.Receive(1, CosignMessage.Encode(Here, lines[1], lines[0]));
        _publisher.Receive(2, From(1, Here));
        _publisher.Receive(3, From(3, Here with { Origin = "log.elsewhere.example" }));
        var tampered = From(3, Here);
        tampered[^4] ^= 1;
        _publisher.Receive(3, tampered);
        _publisher.Receive(3, "no note at all"u8);
        _publisher.Receive(1, From(1, Here));
        Assert.Null(_store.Checkpoint);
        _publisher.Receive(2, From(2, Here));
        Assert.NotNull(_store.Checkpoint);
    }

    [Fact]
    public void A_liar_that_signs_many_trees_cannot_push_out_what_the_others_signed()
    {
        Grow();
        _publisher.Cosign();
        _publisher.Receive(1, From(1, Here));
        for (var i = 0; i < 100; i++)
        {
            _publisher.Receive(3, From(3, new Checkpoint(_network.Genesis.Origin, 1_000 + i, Here.Root)));
            _publisher.Receive(3, From(3, Here with { Root = Rfc6962.HashLeaf(Encoding.UTF8.GetBytes($"{i}")) }));
        }
        _publisher.Receive(2, From(2, Here));
        Assert.Equal(Here, _store.Checkpoint?.Checkpoint);
    }

    [Fact]
    public void A_heartbeat_renews_the_time_of_the_same_tree()
    {
        Grow();
        PublishAll();
        var first = _store.Checkpoint!;
        _time.Advance(TimeSpan.FromSeconds(60));
        PublishAll();
        Assert.Equal(first.Checkpoint, _store.Checkpoint!.Checkpoint);
        Assert.Null(PublishedCheckpoint.Check(_network.Genesis.Set, _store.Checkpoint, out var times));
        Assert.Equal(1_750_000_060, times!.Time);
    }

    [Fact]
    public void Stale_signatures_do_not_replace_newer_ones()
    {
        Grow();
        PublishAll();
        var published = _store.CheckpointBytes!.Value.ToArray();
        for (var i = 1; i < 4; i++) _publisher.Receive(i, From(i, Here, 1_740_000_000));
        Assert.Equal(published, _store.CheckpointBytes!.Value.ToArray());
        var old = Here;
        Grow();
        PublishAll();
        for (var i = 1; i < 4; i++) _publisher.Receive(i, From(i, old, 1_760_000_000));
        Assert.Equal(2, _store.Checkpoint!.Checkpoint.Size);
    }

    [Fact]
    public void One_that_asks_again_is_answered_at_most_once_a_second()
    {
        Grow();
        _publisher.Cosign();
        for (var i = 0; i < 5; i++) _publisher.Receive(1, From(1, Here));
        Assert.Single(_port.Sent);
        _time.Advance(TimeSpan.FromSeconds(2));
        _publisher.Receive(1, From(1, Here));
        Assert.Equal([1, 1], _port.Sent.Select(sent => sent.Authority));
    }

    private void PublishAll()
    {
        _publisher.Cosign();
        for (var i = 1; i < 4; i++) _publisher.Receive(i, From(i, Here));
    }

    private static Checkpoint Read(byte[] message)
    {
        Assert.True(CosignMessage.TryDecode(message, out var checkpoint, out _));
        return checkpoint;
    }

    private sealed class Port : IConsensusPort
    {
        internal List<byte[]> Broadcasts { get; } = [];

        internal List<(int Authority, byte[] Message)> Sent { get; } = [];

        public Task<SubmitResult> SubmitAsync(Entry entry, CancellationToken cancellationToken) => Task.FromResult(SubmitResult.Accepted);

        public void Broadcast(ReadOnlyMemory<byte> message) => Broadcasts.Add(message.ToArray());

        public void Send(int authority, ReadOnlyMemory<byte> message) => Sent.Add((authority, message.ToArray()));

        public void PayloadsArrived()
        {
        }
    }
}
