using System.Net;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class AutoNatTests
{
    private static readonly AutoNatOptions Local = new() { AllowPrivate = true, Settle = TimeSpan.FromMilliseconds(1) };
    private static readonly AutoNatOptions Client = Local with { Serve = false };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_that_is_reached_learns_so_and_one_that_is_not_learns_that()
    {
        await using var hosts = new TestHosts();
        var server = await hosts.StartAsync();
        using var serving = new AutoNat(server, Local);
        var open = await hosts.StartAsync();
        using var reached = new AutoNat(open, Client);
        // What nobody listens on is refused, as a NAT drops it.
        var shut = await hosts.StartAsync(o => o with { AnnounceAddresses = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/1")] });
        using var unreached = new AutoNat(shut, Client);
        await Task.WhenAll(ChangedAsync(reached, () => open.ConnectAsync(TestHosts.AddressOf(server), Ct)), ChangedAsync(unreached, () => shut.ConnectAsync(TestHosts.AddressOf(server), Ct)));
        Assert.Equal(Reachability.Public, reached.Reachability);
        Assert.Equal(Reachability.Private, unreached.Reachability);
        Assert.Equal(Reachability.Unknown, serving.Reachability);
    }

    [Fact]
    public async Task Both_versions_say_what_was_reached_and_what_was_not_and_only_the_second_pays_for_another_IP_address()
    {
        await using var hosts = new TestHosts();
        var server = await hosts.StartAsync();
        using var serving = new AutoNat(server, Local);
        var host = await hosts.StartAsync();
        await host.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.2/tcp/0"), Ct);
        using var autoNat = new AutoNat(host, Client with { Settle = TimeSpan.FromHours(1) });
        var info = await IdentifiedAsync(host, server);
        var (own, other) = (host.ListenAddresses[0], host.ListenAddresses[1]);
        var nobody = Multiaddr.Parse("/ip4/127.0.0.1/tcp/1");
        var first = info with { Protocols = [AutoNatV1Message.ProtocolId] };
        Assert.True(await autoNat.AskAsync(info, own, Ct));
        Assert.False(await autoNat.AskAsync(info, nobody, Ct));
        Assert.True(await autoNat.AskAsync(info, other, Ct));
        Assert.True(await autoNat.AskAsync(first, own, Ct));
        Assert.False(await autoNat.AskAsync(first, nobody, Ct));
        Assert.Null(await autoNat.AskAsync(first, other, Ct));
        Assert.Null(await autoNat.AskAsync(info, Multiaddr.Parse("/dns4/localhost/tcp/1"), Ct));
        Assert.Single(server.Peers);
    }

    [Fact]
    public async Task A_server_is_not_believed_that_it_dialed_when_no_nonce_came()
    {
        await using var hosts = new TestHosts();
        var liar = await hosts.StartAsync();
        liar.Handle(AutoNatV2Message.ProtocolId, async (stream, ct) =>
        {
            await stream.ReadMessageAsync(AutoNatV2Message.MaxLength, ct);
            await stream.WriteMessageAsync(new AutoNatV2Response(AutoNatV2Status.Ok, 0, AutoNatV2DialStatus.Ok).Encode(), ct);
            await stream.CloseWriteAsync(ct);
        });
        var host = await hosts.StartAsync();
        using var autoNat = new AutoNat(host, Client with { Settle = TimeSpan.FromHours(1) });
        var info = await IdentifiedAsync(host, liar);
        Assert.Null(await autoNat.AskAsync(info, host.ListenAddresses[0], Ct));
        // Nor is a nonce taken that this host did not give out.
        await Assert.ThrowsAsync<StreamResetException>(async () =>
        {
            await using var stream = await liar.OpenStreamAsync(host.Id, AutoNatV2DialBack.ProtocolId, Ct);
            await stream.WriteMessageAsync(AutoNatV2DialBack.Encode(7), Ct);
            await stream.ReadMessageAsync(AutoNatV2DialBack.MaxLength, Ct);
        });
    }

    [Fact]
    public async Task A_nonce_counts_whoever_brings_it()
    {
        await using var hosts = new TestHosts();
        var (server, errand, host) = (await hosts.StartAsync(), await hosts.StartAsync(), await hosts.StartAsync());
        await errand.ConnectAsync(TestHosts.AddressOf(host), Ct);
        server.Handle(AutoNatV2Message.ProtocolId, async (stream, ct) =>
        {
            Assert.True(AutoNatV2Message.TryDecode((await stream.ReadMessageAsync(AutoNatV2Message.MaxLength, ct))!, out var message));
            await using (var dial = await errand.OpenStreamAsync(host.Id, AutoNatV2DialBack.ProtocolId, ct))
            {
                await dial.WriteMessageAsync(AutoNatV2DialBack.Encode(((AutoNatV2Request)message).Nonce), ct);
                await dial.ReadMessageAsync(AutoNatV2DialBack.MaxLength, ct);
            }
            await stream.WriteMessageAsync(new AutoNatV2Response(AutoNatV2Status.Ok, 0, AutoNatV2DialStatus.Ok).Encode(), ct);
            await stream.CloseWriteAsync(ct);
        });
        using var autoNat = new AutoNat(host, Client with { Settle = TimeSpan.FromHours(1) });
        Assert.True(await autoNat.AskAsync(await IdentifiedAsync(host, server), host.ListenAddresses[0], Ct));
    }

    [Theory]
    [InlineData(AutoNatV1Message.ProtocolId)]
    [InlineData(AutoNatV2Message.ProtocolId)]
    public async Task Over_a_relay_nobody_is_dialed_for(string protocol)
    {
        await using var hosts = new TestHosts();
        var (relay, server, asker) = (await hosts.StartAsync(o => o with { Relay = new RelayOptions() }), await hosts.StartSilentAsync(), await hosts.StartAsync());
        using var serving = new AutoNat(server, Local);
        var circuit = TestHosts.AddressOf(relay).WithCircuit();
        await server.ListenAsync(circuit, Ct);
        await asker.ConnectAsync(circuit.WithPeerId(server.Id), Ct);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using var stream = await asker.OpenStreamAsync(server.Id, protocol, allowLimited: true, Ct);
            await stream.ReadMessageAsync(AutoNatV2Message.MaxLength, Ct);
        });
        Assert.DoesNotContain(asker.Peers, peer => peer.Id == server.Id && !peer.Address.IsRelayed);
    }

    [Fact]
    public async Task Who_does_not_pay_for_the_dial_of_another_IP_address_gets_none()
    {
        await using var hosts = new TestHosts();
        var server = await hosts.StartAsync();
        using var serving = new AutoNat(server, Local);
        var host = await hosts.StartAsync();
        await host.ConnectAsync(TestHosts.AddressOf(server), Ct);
        await using var stream = await host.OpenStreamAsync(server.Id, AutoNatV2Message.ProtocolId, Ct);
        await stream.WriteMessageAsync(new AutoNatV2Request([null, Multiaddr.Parse("/ip4/127.0.0.2/tcp/1")], 7).Encode(), Ct);
        Assert.True(AutoNatV2Message.TryDecode((await stream.ReadMessageAsync(AutoNatV2Message.MaxLength, Ct))!, out var wanted));
        var data = Assert.IsType<AutoNatV2DataRequest>(wanted);
        Assert.Equal(1U, data.Index);
        Assert.InRange(data.Bytes, (ulong)DialChoice.MinDialData, (ulong)DialChoice.MaxDialData);
        await stream.WriteMessageAsync(new AutoNatV2Data(0).Encode(), Ct);
        await Assert.ThrowsAsync<StreamResetException>(async () => await stream.ReadMessageAsync(AutoNatV2Message.MaxLength, Ct));
    }

    [Fact]
    public async Task By_default_nothing_private_is_dialed_and_nobody_is_dialed_without_end()
    {
        await using var hosts = new TestHosts();
        var (server, host) = (await hosts.StartAsync(), await hosts.StartAsync());
        using var serving = new AutoNat(server);
        await host.ConnectAsync(TestHosts.AddressOf(server), Ct);
        Assert.Equal(AutoNatV2Status.DialRefused, await StatusAsync());
        serving.Dispose();
        using var generous = new AutoNat(server, Local);
        for (var i = 0; i < Local.MaxDialsPerMachine; i++) Assert.Equal(AutoNatV2Status.Ok, await StatusAsync());
        Assert.Equal(AutoNatV2Status.RequestRejected, await StatusAsync());

        async Task<AutoNatV2Status> StatusAsync()
        {
            await using var stream = await host.OpenStreamAsync(server.Id, AutoNatV2Message.ProtocolId, Ct);
            await stream.WriteMessageAsync(new AutoNatV2Request([host.ListenAddresses[0]], 7).Encode(), Ct);
            Assert.True(AutoNatV2Message.TryDecode((await stream.ReadMessageAsync(AutoNatV2Message.MaxLength, Ct))!, out var answer));
            return Assert.IsType<AutoNatV2Response>(answer).Status;
        }
    }

    [Fact]
    public void The_budget_for_dials_is_bounded_in_sum_for_a_network_for_foreign_addresses_and_at_once()
    {
        var now = DateTimeOffset.UnixEpoch;
        var options = new AutoNatOptions();
        var budget = new DialBudget(options);
        for (var i = 0; i < options.MaxPending; i++) Assert.True(budget.TryEnter(Machine(i), foreign: false, now));
        Assert.False(budget.TryEnter(Machine(200), foreign: false, now));
        for (var i = 0; i < options.MaxPending; i++) budget.Leave();
        for (var i = 0; i < options.MaxForeignDials; i++) Enter(Machine(i), foreign: true);
        Assert.False(budget.TryEnter(Machine(200), foreign: true, now));
        for (var i = options.MaxPending + options.MaxForeignDials; i < options.MaxDials; i++) Enter(Machine(i), foreign: false);
        Assert.False(budget.TryEnter(Machine(200), foreign: false, now));
        now += TimeSpan.FromMinutes(1);
        for (var i = 0; i < options.MaxDialsPerMachine; i++) Enter(Machine(201), foreign: false);
        Assert.False(budget.TryEnter(Machine(201), foreign: false, now));

        void Enter(NetworkPrefix network, bool foreign)
        {
            Assert.True(budget.TryEnter(network, foreign, now));
            budget.Leave();
        }

        static NetworkPrefix Machine(int i) => NetworkPrefix.Around(new System.Net.IPAddress([26, 0, 0, (byte)i]), PrefixScale.Machine);
    }

    [Theory]
    [InlineData("/ip4/10.0.0.1/tcp/1", false)]
    [InlineData("/ip4/100.64.0.1/tcp/1", false)]
    [InlineData("/ip4/127.0.0.1/tcp/1", false)]
    [InlineData("/ip4/169.254.1.1/tcp/1", false)]
    [InlineData("/ip4/192.168.0.1/tcp/1", false)]
    [InlineData("/ip4/224.0.0.1/tcp/1", false)]
    [InlineData("/ip4/255.255.255.255/tcp/1", false)]
    [InlineData("/ip4/25.0.0.1/tcp/1/ws", true)]
    [InlineData("/ip6/::1/tcp/1", false)]
    [InlineData("/ip6/::ffff:10.0.0.1/tcp/1", false)]
    [InlineData("/ip6/::ffff:25.0.0.1/tcp/1", true)]
    [InlineData("/ip6/fe80::1/tcp/1", false)]
    [InlineData("/ip6/fd00::1/tcp/1", false)]
    [InlineData("/ip6/64:ff9b::a00:1/tcp/1", false)]
    [InlineData("/ip6/2002:a00:1::/tcp/1", false)]
    [InlineData("/ip6/2001:db8::1/tcp/1", false)]
    [InlineData("/ip6/2a00::1/tcp/1", true)]
    [InlineData("/dns4/example.org/tcp/1", false)]
    public void What_is_not_of_the_Internet_is_no_public_address(string address, bool isPublic) => Assert.Equal(isPublic, Multiaddr.Parse(address).IsPublic);

    [Fact]
    public void The_first_address_that_may_be_dialed_is()
    {
        var asker = KeyPair.Generate().PeerId;
        var seen = IPAddress.Parse("25.0.0.1");
        Multiaddr?[] addresses = [null, .. new[] { "/dns4/example.org/tcp/1", "/ip4/25.0.0.1/udp/1/quic-v1", "/ip4/10.0.0.1/tcp/1", "/ip4/25.0.0.1/tcp/0", "/ip6/2a00::1/tcp/1", "/ip4/25.0.0.1/tcp/1" }.Select(Multiaddr.Parse)];
        DialChoice? First(bool allowPrivate = false, bool hasIPv6 = false, bool hasQuic = false) => DialChoice.First(addresses, asker, seen, allowPrivate, hasIPv6, hasQuic);
        Assert.Equal((6, false), First() is { } own ? (own.Index, own.IsForeign) : default);
        Assert.Equal((5, true), First(hasIPv6: true) is { } six ? (six.Index, six.IsForeign) : default);
        Assert.Equal((3, true), First(allowPrivate: true) is { } local ? (local.Index, local.IsForeign) : default);
        Assert.Equal((2, true), First(hasQuic: true) is { } quic ? (quic.Index, quic.Target.Quic) : default);
        Assert.Null(DialChoice.First([], asker, seen, allowPrivate: true, hasIPv6: true, hasQuic: true));
    }

    [Fact]
    public void Messages_are_the_bytes_of_the_specification()
    {
        var address = Multiaddr.Parse("/ip4/25.0.0.1/tcp/1");
        Assert.Equal("0a13" + "0a08" + "0419000001" + "060001" + "110700000000000000", Convert.ToHexStringLower(new AutoNatV2Request([address], 7).Encode()));
        Assert.Equal("1208" + "08c801" + "1000" + "18c801", Convert.ToHexStringLower(new AutoNatV2Response(AutoNatV2Status.Ok, 0, AutoNatV2DialStatus.Ok).Encode()));
        Assert.Equal("1a06" + "0801" + "10b0ea01", Convert.ToHexStringLower(new AutoNatV2DataRequest(1, 30_000).Encode()));
        Assert.Equal("2203" + "0a0100", Convert.ToHexStringLower(new AutoNatV2Data(1).Encode()));
        Assert.Equal("090700000000000000", Convert.ToHexStringLower(AutoNatV2DialBack.Encode(7)));
        Assert.Equal("0800", Convert.ToHexStringLower(AutoNatV2DialBack.Accepted));
        Assert.Equal("0801" + "1a02" + "0864", Convert.ToHexStringLower(new AutoNatV1Message { Status = AutoNatV1Status.DialError }.Encode()));
        Assert.True(AutoNatV2DialBack.IsAccepted([]));
        Assert.False(AutoNatV2DialBack.TryDecode([], out _));
        Assert.False(AutoNatV2Message.TryDecode([], out _));
        Assert.False(AutoNatV2Message.TryDecode(new AutoNatV2Data(AutoNatV2Data.MaxBytes + 1).Encode(), out _));
        Assert.False(AutoNatV2Message.TryDecode(new byte[AutoNatV2Message.MaxLength + 1], out _));
        Assert.False(AutoNatV1Message.TryDecode([], out _));
        Assert.False(AutoNatV1Message.TryDecode([8, 1], out _));
        Assert.False(AutoNatV1Message.TryDecode(new byte[AutoNatV1Message.MaxLength + 1], out _));
    }

    private static async Task ChangedAsync(AutoNat autoNat, Func<Task> act)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        autoNat.Changed += (_, _) => changed.TrySetResult();
        await act();
        await changed.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);
    }

    private static async Task<PeerInfo> IdentifiedAsync(Libp2pHost host, Libp2pHost server)
    {
        await host.ConnectAsync(TestHosts.AddressOf(server), Ct);
        Assert.True(await host.WaitIdentifiedAsync(server.Id, Ct));
        return host.FindPeer(server.Id)!;
    }
}
