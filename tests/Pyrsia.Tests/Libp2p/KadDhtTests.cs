using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class KadDhtTests
{
    private static readonly KadOptions Options = new() { Protocol = "/test/kad/1.0.0" };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task In_a_network_of_thirty_nodes_every_node_finds_every_provider()
    {
        await using var hosts = new TestHosts();
        var nodes = new List<(Libp2pHost Host, KadDht Dht)>();
        for (var i = 0; i < 30; i++)
        {
            var host = await hosts.StartAsync();
            nodes.Add((host, new KadDht(host, Options)));
            if (i == 0) continue;
            var identified = TestHosts.NextAsync(host, nodes[0].Host.Id, PeerEventKind.Identified);
            await host.ConnectAsync(TestHosts.AddressOf(nodes[0].Host), Ct);
            await identified;
        }
        foreach (var node in nodes) await node.Dht.BootstrapAsync(Ct);
        var keys = Enumerable.Range(0, 5).Select(i => Multihash.OfSha256([(byte)i])).ToArray();
        for (var i = 0; i < keys.Length; i++) Assert.InRange(await nodes[i].Dht.ProvideAsync(keys[i], Ct), 10, 20);
        for (var asker = 10; asker < 30; asker += 3)
        {
            for (var i = 0; i < keys.Length; i++)
            {
                var found = await nodes[asker].Dht.FindProvidersAsync(keys[i], 1, Ct).FirstOrDefaultAsync(Ct);
                Assert.Equal(nodes[i].Host.Id, found?.Peer);
                Assert.NotEmpty(found!.Addresses);
            }
        }
    }

    [Fact]
    public async Task A_record_about_another_peer_is_not_stored()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        using var dht = new KadDht(b, Options);
        var key = Multihash.OfSha256("content"u8);
        var foreign = new PeerAddresses(KeyPair.Generate().PeerId, [Multiaddr.Parse("/ip4/127.0.0.1/tcp/1")]);
        await SendAsync(a, b, new KadMessage(KadMessageType.AddProvider, key.Bytes) { ProviderPeers = [foreign] });
        Assert.Empty(dht.LocalProviders(key));
        await SendAsync(a, b, new KadMessage(KadMessageType.AddProvider, key.Bytes) { ProviderPeers = [new PeerAddresses(a.Id, a.ListenAddresses)] });
        Assert.Equal([a.Id], dht.LocalProviders(key));
    }

    [Fact]
    public async Task A_key_that_is_no_multihash_and_a_value_request_are_refused()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        using var dht = new KadDht(b, Options);
        await Assert.ThrowsAsync<StreamResetException>(() => SendAsync(a, b, new KadMessage(KadMessageType.GetProviders, "no hash"u8.ToArray())));
        await Assert.ThrowsAsync<StreamResetException>(() => SendAsync(a, b, new KadMessage(KadMessageType.GetValue, "key"u8.ToArray())));
    }

    [Fact]
    public async Task Many_questions_and_records_are_taken_on_one_stream_and_a_question_that_is_no_message_resets_it()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        using var dht = new KadDht(b, Options);
        var keys = Enumerable.Range(0, 300).Select(i => Multihash.OfSha256(BitConverter.GetBytes(i))).ToArray();
        await using var stream = await a.OpenStreamAsync(b.Id, Options.Protocol, Ct);
        foreach (var key in keys)
        {
            await stream.WriteMessageAsync(new KadMessage(KadMessageType.AddProvider, key.Bytes) { ProviderPeers = [new PeerAddresses(a.Id, a.ListenAddresses)] }.Encode(), Ct);
            await stream.WriteMessageAsync(new KadMessage(KadMessageType.GetProviders, key.Bytes).Encode(), Ct);
        }
        foreach (var key in keys)
        {
            Assert.True(KadMessage.TryDecode(await stream.ReadMessageAsync(KadMessage.MaxLength, Ct), out var answer));
            Assert.Equal([a.Id], answer.ProviderPeers.Select(p => p.Peer));
            Assert.Equal(key.Bytes.ToArray(), answer.Key.ToArray());
        }
        await stream.WriteMessageAsync("c"u8.ToArray(), Ct);
        await Assert.ThrowsAsync<StreamResetException>(async () => await stream.ReadMessageAsync(KadMessage.MaxLength, Ct));
    }

    [Fact]
    public async Task A_client_finds_providers_and_stands_in_no_table()
    {
        await using var hosts = new TestHosts();
        var (client, server) = await hosts.ConnectedPairAsync();
        using var serving = new KadDht(server, Options);
        using var asking = new KadDht(client, Options with { Mode = KadMode.Client });
        // The first identification may still be on its way; what counts is the push that tells of the DHT.
        while (asking.TableSize == 0) await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Ct);
        Assert.Equal(1, asking.TableSize);
        Assert.Equal(0, serving.TableSize);
        await RefusedAsync(server, client);
        var key = Multihash.OfSha256("x"u8);
        Assert.Equal(0, await serving.ProvideAsync(key, Ct));
        Assert.Equal(server.Id, (await asking.FindProvidersAsync(key, 5, Ct).FirstAsync(Ct)).Peer);
    }

    [Fact]
    public async Task A_server_that_becomes_a_client_leaves_the_tables_of_others_and_answers_no_more()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        using var first = new KadDht(a, Options);
        using var second = new KadDht(b, Options);
        await Eventually(() => first.TableSize == 1 && second.TableSize == 1);
        second.Mode = KadMode.Client;
        await Eventually(() => first.TableSize == 0);
        await RefusedAsync(a, b);
        second.Mode = KadMode.Server;
        await Eventually(() => first.TableSize == 1);
    }

    [Fact]
    public async Task What_was_provided_to_nobody_is_announced_when_a_peer_joins()
    {
        await using var hosts = new TestHosts();
        var a = await hosts.StartAsync();
        var b = await hosts.StartAsync();
        using var first = new KadDht(a, Options with { MaintenanceInterval = TimeSpan.FromMilliseconds(50) });
        using var second = new KadDht(b, Options);
        var key = Multihash.OfSha256("early"u8);
        Assert.Equal(0, await first.ProvideAsync(key, Ct));
        await a.ConnectAsync(TestHosts.AddressOf(b), Ct);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        while (second.LocalProviders(key).Count == 0) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        Assert.Equal([a.Id], second.LocalProviders(key));
    }

    /// <summary>A push of identify tells of it.</summary>
    private static async Task Eventually(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!holds()) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token);
    }

    private static async Task RefusedAsync(Libp2pHost asker, Libp2pHost asked)
    {
        await using var stream = await asker.OpenStreamAsync(asked.Id, Options.Protocol, Ct);
        await Assert.ThrowsAsync<ProtocolNotSupportedException>(async () => await stream.ConfirmAsync(Ct));
    }

    private static async Task SendAsync(Libp2pHost from, Libp2pHost to, KadMessage message)
    {
        await using var stream = await from.OpenStreamAsync(to.Id, Options.Protocol, Ct);
        await stream.WriteMessageAsync(message.Encode(), Ct);
        await stream.CloseWriteAsync(Ct);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], Ct));
    }
}
