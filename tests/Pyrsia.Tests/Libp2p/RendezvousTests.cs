using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class RendezvousTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch + TimeSpan.FromDays(1000);
    private static readonly KeyPair[] Keys = [.. Enumerable.Range(0, 4).Select(_ => KeyPair.Generate())];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static byte[] RecordOf(KeyPair key) => new PeerRecord(key.PeerId, 1, [Multiaddr.Parse("/ip4/192.0.2.1/tcp/4001")]).Seal(key);

    private static RendezvousMessage Register(RendezvousTable table, KeyPair key, string name, ulong ttl = 0, DateTimeOffset? now = null, byte[]? record = null) =>
        table.Answer(key.PeerId, new RendezvousMessage(RendezvousMessageType.Register) { Namespace = name, SignedPeerRecord = record ?? RecordOf(key), Ttl = ttl }, now ?? Start)!;

    private static RendezvousMessage Discover(RendezvousTable table, string name, ReadOnlyMemory<byte> cookie = default, ulong limit = 0, DateTimeOffset? now = null) =>
        table.Answer(Keys[0].PeerId, new RendezvousMessage(RendezvousMessageType.Discover) { Namespace = name, Cookie = cookie, Limit = limit }, now ?? Start)!;

    private static IEnumerable<PeerId> Found(RendezvousMessage answer) =>
        answer.Registrations.Select(r => PeerRecord.TryOpen(r.SignedPeerRecord.Span, out var record) ? record.PeerId : throw new InvalidDataException("no record"));

    /// <summary>Written by hand from the protobuf text of the specification.</summary>
    [Theory]
    [InlineData("0800120f0a066d792d6170701202010218a038", "Register my-app 0102 7200 0  Ok 0")]
    [InlineData("120f0a066d792d6170701202010218a038", "Register my-app 0102 7200 0  Ok 0")]
    [InlineData("08011a05080018a038", "RegisterResponse   7200 0  Ok 0")]
    [InlineData("08011a0908661204746f6f20", "malformed")]
    [InlineData("08011a0708661203776879", "RegisterResponse   0 0  InvalidTtl 0")]
    [InlineData("080222080a066d792d617070", "Unregister my-app  0 0  Ok 0")]
    [InlineData("08032a0d0a066d792d61707010051a01aa", "Discover my-app  0 5 aa Ok 0")]
    [InlineData("0804" + "3216" + "0a0f0a066d792d6170701202010218a038" + "1201aa" + "1800", "DiscoverResponse   0 0 aa Ok 1")]
    [InlineData("0805", "malformed")]
    [InlineData("0803", "malformed")]
    public void Messages_have_the_bytes_of_the_specification(string bytes, string meaning)
    {
        var decoded = RendezvousMessage.TryDecode(Convert.FromHexString(bytes), out var m);
        Assert.Equal(meaning, decoded ? $"{m!.Type} {m.Namespace} {Convert.ToHexStringLower(m.SignedPeerRecord.Span)} {m.Ttl} {m.Limit} {Convert.ToHexStringLower(m.Cookie.Span)} {m.Status} {m.Registrations.Count}" : "malformed");
        if (decoded) Assert.EndsWith(bytes, Convert.ToHexStringLower(m!.Encode()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_peer_registers_itself_alone_within_what_the_point_allows()
    {
        var table = new RendezvousTable(new RendezvousOptions { MaxPerPeer = 2, MaxRegistrations = 3 });
        Assert.Equal((RendezvousStatus.Ok, 7200ul), (Register(table, Keys[0], "a").Status, Register(table, Keys[0], "a").Ttl));
        Assert.Equal((RendezvousStatus.Ok, 259_200ul), (Register(table, Keys[0], "b", 259_200).Status, Register(table, Keys[0], "b", 259_200).Ttl));
        Assert.Equal(RendezvousStatus.InvalidTtl, Register(table, Keys[0], "b", 259_201).Status);
        Assert.Equal(RendezvousStatus.InvalidTtl, Register(table, Keys[0], "b", 7199).Status);
        Assert.Equal(RendezvousStatus.InvalidNamespace, Register(table, Keys[0], "").Status);
        Assert.Equal(RendezvousStatus.InvalidNamespace, Register(table, Keys[0], new string('é', 128)).Status);
        Assert.Equal(RendezvousStatus.InvalidSignedPeerRecord, Register(table, Keys[0], "c", record: RecordOf(Keys[1])).Status);
        Assert.Equal(RendezvousStatus.InvalidSignedPeerRecord, Register(table, Keys[0], "c", record: []).Status);
        Assert.Equal(RendezvousStatus.NotAuthorized, Register(table, Keys[0], "c").Status);
        Assert.Equal(RendezvousStatus.Ok, Register(table, Keys[1], new string('é', 127)).Status);
        Assert.Equal(RendezvousStatus.Unavailable, Register(table, Keys[2], "a").Status);
        Assert.Null(table.Answer(Keys[1].PeerId, new RendezvousMessage(RendezvousMessageType.Unregister) { Namespace = "a" }, Start));
        Assert.Equal(3, table.Count);
        Assert.Null(table.Answer(Keys[0].PeerId, new RendezvousMessage(RendezvousMessageType.Unregister) { Namespace = "a" }, Start));
        Assert.Equal(RendezvousStatus.Ok, Register(table, Keys[2], "a").Status);
    }

    [Fact]
    public void Pages_follow_one_another_and_a_later_question_brings_what_is_new()
    {
        var table = new RendezvousTable(new RendezvousOptions());
        for (var i = 0; i < 3; i++) Register(table, Keys[i], "app");
        Register(table, Keys[3], "other");
        var first = Discover(table, "app", limit: 2);
        Assert.Equal([Keys[0].PeerId, Keys[1].PeerId], Found(first));
        var second = Discover(table, "app", first.Cookie);
        Assert.Equal([Keys[2].PeerId], Found(second));
        Assert.Empty(Discover(table, "app", second.Cookie).Registrations);
        Register(table, Keys[0], "app");
        Assert.Equal([Keys[0].PeerId], Found(Discover(table, "app", second.Cookie)));
        Assert.Equal([("app", Keys[1].PeerId), ("app", Keys[2].PeerId), ("other", Keys[3].PeerId), ("app", Keys[0].PeerId)], Discover(table, "").Registrations.Select(r => r.Namespace).Zip(Found(Discover(table, ""))));
        Assert.Equal(RendezvousStatus.InvalidCookie, Discover(table, "other", second.Cookie).Status);
        Assert.Equal(RendezvousStatus.InvalidCookie, Discover(table, "app", new byte[] { 1, 2, 3 }).Status);
        Assert.Equal(RendezvousStatus.InvalidCookie, Discover(new RendezvousTable(new RendezvousOptions()), "app", second.Cookie).Status);
    }

    [Fact]
    public void A_registration_ends_with_its_time_and_takes_no_room_then()
    {
        var table = new RendezvousTable(new RendezvousOptions { MaxRegistrations = 1 });
        Register(table, Keys[0], "app");
        var late = Start + TimeSpan.FromHours(2);
        Assert.Equal(1ul, Assert.Single(Discover(table, "app", now: late - TimeSpan.FromSeconds(1)).Registrations).Ttl);
        Assert.Empty(Discover(table, "app", now: late).Registrations);
        Assert.Equal(RendezvousStatus.Ok, Register(table, Keys[1], "app", now: late + TimeSpan.FromMinutes(1)).Status);
        Assert.Equal(1, table.Count);
    }

    [Fact]
    public void An_answer_is_no_longer_than_others_read()
    {
        var table = new RendezvousTable(new RendezvousOptions());
        var record = new PeerRecord(Keys[0].PeerId, 1, [.. Enumerable.Range(1, 60).Select(i => Multiaddr.Parse($"/ip4/192.0.2.{i}/tcp/4001/ws"))]).Seal(Keys[0]);
        for (var i = 0; i < 1000; i++) Assert.Equal(RendezvousStatus.Ok, Register(table, Keys[0], $"{i}{new string('x', 200)}", record: record).Status);
        var (seen, cookie) = (0, ReadOnlyMemory<byte>.Empty);
        for (var page = Discover(table, ""); page.Registrations.Count > 0; page = Discover(table, "", cookie))
        {
            Assert.InRange(page.Encode().Length, 1, RendezvousMessage.MaxResponseLength);
            (seen, cookie) = (seen + page.Registrations.Count, page.Cookie);
        }
        Assert.Equal(1000, seen);
    }

    [Fact]
    public async Task Hosts_find_each_other_at_a_point_until_one_takes_its_registration_back()
    {
        await using var hosts = new TestHosts();
        var (a, b) = (await hosts.StartAsync(), await hosts.StartAsync());
        var place = await hosts.StartAsync();
        using var point = new RendezvousPoint(place);
        await a.ConnectAsync(TestHosts.AddressOf(place), Ct);
        await b.ConnectAsync(TestHosts.AddressOf(place), Ct);
        var (fromA, fromB) = (new RendezvousClient(a, place.Id), new RendezvousClient(b, place.Id));
        Assert.Equal(TimeSpan.FromHours(2), await fromA.RegisterAsync("app", cancellationToken: Ct));
        Assert.Equal(TimeSpan.FromHours(3), await fromA.RegisterAsync("app", TimeSpan.FromHours(3), Ct));
        var page = await fromB.DiscoverAsync("app", cancellationToken: Ct);
        var found = Assert.Single(page.Registrations);
        Assert.Equal(("app", a.Id), (found.Namespace, found.Peer.Peer));
        Assert.InRange(found.Ttl, TimeSpan.FromHours(2.9), TimeSpan.FromHours(3));
        Assert.Equal(a.ListenAddresses, found.Peer.Addresses);
        await b.ConnectAsync(a.Id, Ct);
        Assert.Empty((await fromB.DiscoverAsync("app", 10, page.Cookie, Ct)).Registrations);
        Assert.Equal(RendezvousStatus.InvalidNamespace, (await Assert.ThrowsAsync<RendezvousRefusedException>(() => fromB.RegisterAsync("", cancellationToken: Ct))).Status);
        await fromA.UnregisterAsync("app", Ct);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (point.Count > 0) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
        Assert.Empty((await fromB.DiscoverAsync("", cancellationToken: patience.Token)).Registrations);
    }
}
