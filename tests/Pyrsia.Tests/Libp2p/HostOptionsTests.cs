using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class HostOptionsTests
{
    private static readonly Libp2pHostOptions Defaults = new() { Identity = KeyPair.Generate() };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string, Func<Libp2pHostOptions, Libp2pHostOptions>> OutOfRange => new()
    {
        { nameof(Defaults.MaxDialAddresses), o => o with { MaxDialAddresses = 0 } },
        { nameof(Defaults.ListenBacklog), o => o with { ListenBacklog = 0 } },
        { nameof(Defaults.MaxBans), o => o with { MaxBans = 0 } },
        { nameof(Defaults.MaxKnownPeers), o => o with { MaxKnownPeers = 0 } },
        { nameof(Defaults.DialTimeout), o => o with { DialTimeout = TimeSpan.Zero } },
        { nameof(Defaults.DialStagger), o => o with { DialStagger = TimeSpan.FromMilliseconds(-1) } },
        { nameof(Defaults.NegotiationTimeout), o => o with { NegotiationTimeout = TimeSpan.FromDays(31) } },
        { nameof(Defaults.HolePunchPatience), o => o with { HolePunchPatience = TimeSpan.Zero } },
        { nameof(Defaults.IdentifyTimeout), o => o with { IdentifyTimeout = Timeout.InfiniteTimeSpan } },
        { nameof(Defaults.ShutdownTimeout), o => o with { ShutdownTimeout = TimeSpan.Zero } },
        { nameof(Defaults.PeerStoreSaveInterval), o => o with { PeerStoreSaveInterval = TimeSpan.Zero } },
        { nameof(Defaults.DialRetryMax), o => o with { DialRetryMin = TimeSpan.FromMinutes(2), ProtectedDialRetryMax = TimeSpan.FromMinutes(2) } },
        { nameof(Defaults.ProtectedDialRetryMax), o => o with { ProtectedDialRetryMax = TimeSpan.FromMinutes(2) } },
        { nameof(Defaults.BootstrapRetryMax), o => o with { BootstrapRetryMin = TimeSpan.FromMinutes(2) } },
        { nameof(Defaults.ReservationRetryMax), o => o with { ReservationRetryMax = TimeSpan.FromSeconds(1) } },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void An_option_out_of_its_range_is_refused_by_its_name(string name, Func<Libp2pHostOptions, Libp2pHostOptions> change)
    {
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => new Libp2pHost(change(Defaults)));
        Assert.Equal(name, e.ParamName);
    }

    [Fact]
    public void The_defaults_are_in_range() => Defaults.Validate();

    [Fact]
    public async Task Of_a_peer_s_addresses_no_more_are_dialed_than_the_option_says()
    {
        await using var hosts = new TestHosts();
        using SilentListener first = new(), second = new();
        var host = await hosts.StartSilentAsync(o => o with { MaxDialAddresses = 1, DialStagger = TimeSpan.Zero, DialTimeout = TimeSpan.FromMilliseconds(300) });
        var peer = KeyPair.Generate().PeerId;
        host.PeerStore.AddAddresses(peer, [first.Address], TimeSpan.FromHours(2));
        host.PeerStore.AddAddresses(peer, [second.Address], TimeSpan.FromHours(1));
        await Assert.ThrowsAnyAsync<IOException>(() => host.ConnectAsync(peer, Ct));
        Assert.Equal((1, 0), (first.Waiting, second.Waiting));
    }

    [Fact]
    public async Task A_host_remembers_so_many_peers_and_bans_and_no_more()
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartSilentAsync(o => o with { MaxKnownPeers = 2, MaxBans = 2 });
        PeerId[] peers = [.. Enumerable.Range(0, 3).Select(_ => KeyPair.Generate().PeerId)];
        for (var i = 0; i < 3; i++)
        {
            host.PeerStore.AddAddresses(peers[i], [Multiaddr.Parse("/ip4/26.1.2.3/tcp/1")], TimeSpan.FromHours(i + 1));
            host.Ban(peers[i], "a test", TimeSpan.FromHours(i + 1));
        }
        Assert.Equal(new HashSet<PeerId>(peers[1..]), [.. host.PeerStore.Peers]);
        Assert.Equal([false, true, true], peers.Select(host.IsBanned));
    }

    [Fact]
    public async Task Bootstrap_peers_are_dialed_again_after_the_waits_that_the_options_say()
    {
        var (time, wait) = (new SteppingTime(), TimeSpan.FromSeconds(7));
        await using var hosts = new TestHosts();
        var network = new MemoryNetwork(time);
        var faults = new SemaphoreSlim(0);
        var host = await hosts.StartSilentAsync(o => o with { Time = time, Memory = network, Bootstrap = [Multiaddr.Parse("/memory/9")], BootstrapRetryMin = wait, BootstrapRetryMax = wait });
        host.Faulted += (_, _) => faults.Release();
        for (var i = 0; i < 3; i++)
        {
            await time.TimerAsync(wait);
            time.Advance(wait);
            Assert.True(await faults.WaitAsync(TimeSpan.FromSeconds(30), Ct));
        }
    }

    [Fact]
    public void Options_of_what_stands_on_a_host_are_refused_out_of_their_ranges_and_the_defaults_are_in_them()
    {
        new KadOptions().Validate();
        new RendezvousOptions().Validate();
        new HolePunchOptions().Validate();
        new PortMapperOptions().Validate();
        new MdnsOptions().Validate();
        new RequestLimits().Validate();
        new AutoNatOptions().Validate();
        Action[] outOfRange =
        [
            new KadOptions { BucketSize = 0 }.Validate, new KadOptions { Concurrency = 0 }.Validate, new KadOptions { MaxProvidersPerKey = 0 }.Validate, new KadOptions { Patience = TimeSpan.Zero }.Validate,
            new KadOptions { ProviderLifetime = TimeSpan.FromDays(31) }.Validate, new RendezvousOptions { MaxPerPeer = 0 }.Validate, new RendezvousOptions { MaxTtl = TimeSpan.FromHours(1) }.Validate,
            new RendezvousOptions { MinTtl = TimeSpan.FromHours(3) }.Validate, new HolePunchOptions { Grace = TimeSpan.Zero }.Validate, new PortMapperOptions { RetryInterval = TimeSpan.Zero }.Validate,
            new MdnsOptions { Port = 0 }.Validate, new MdnsOptions { Port = 65_536 }.Validate, new RequestLimits { MaxRequestBytes = -1 }.Validate, new RequestLimits { Timeout = TimeSpan.Zero }.Validate,
            new RequestLimits { Streams = new ProtocolLimits { MaxStreams = 0 } }.Validate,
        ];
        Assert.All(outOfRange, validate => Assert.Throws<ArgumentOutOfRangeException>(validate));
        Assert.Throws<ArgumentException>(new KadOptions { Protocol = "" }.Validate);
    }

    [Fact]
    public void AutoNAT_s_budget_is_refused_out_of_its_range_and_kept_within_it()
    {
        AutoNatOptions[] outOfRange =
        [
            new() { MaxPending = 0 }, new() { MaxDials = -1 }, new() { MaxDialsPerMachine = -1 }, new() { MaxForeignDials = -1 },
            new() { Timeout = TimeSpan.Zero }, new() { RetryInterval = TimeSpan.Zero }, new() { RefreshInterval = TimeSpan.Zero }, new() { Settle = -TimeSpan.FromTicks(1) },
        ];
        Assert.All(outOfRange, wrong => Assert.Throws<ArgumentOutOfRangeException>(wrong.Validate));
        var budget = new DialBudget(new AutoNatOptions { MaxDials = 1 });
        Assert.True(budget.TryEnter(default, foreign: false, DateTimeOffset.UnixEpoch));
        budget.Leave();
        Assert.False(budget.TryEnter(default, foreign: false, DateTimeOffset.UnixEpoch));
    }
}
