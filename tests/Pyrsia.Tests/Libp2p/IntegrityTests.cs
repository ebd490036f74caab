using System.Collections.Concurrent;
using System.Globalization;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Many transfers at once over one connection. <c>PYRSIA_TRANSFERS</c> sets their number for all four ways in sum, <c>PYRSIA_TRANSFER_SEED</c> where the seeds begin.</summary>
public sealed class IntegrityTests
{
    private const int Parallel = 8;

    private static readonly int Transfers = Setting("PYRSIA_TRANSFERS", 100) / 4;

    private static readonly int FirstSeed = Setting("PYRSIA_TRANSFER_SEED", 1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Security protocol and transport; QUIC where the platform has it.</summary>
    public static TheoryData<SecurityProtocol, string> Ways
    {
        get
        {
            var ways = new TheoryData<SecurityProtocol, string>
            {
                { SecurityProtocol.Noise, "/tcp/0" },
                { SecurityProtocol.Noise, "/tcp/0/ws" },
                { SecurityProtocol.Tls, "/tcp/0" },
                { SecurityProtocol.Tls, "/tcp/0/ws" },
            };
            if (QuicPlatform.IsAvailable) ways.Add(SecurityProtocol.Tls, "/udp/0/quic-v1");
            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Transfers_that_end_in_every_way_are_byte_exact_and_leave_nothing_behind(SecurityProtocol security, string transport)
    {
        await using var hosts = new TestHosts();
        var a = await hosts.StartSilentAsync(o => o with { Security = [security] });
        var b = await hosts.StartSilentAsync(o => o with { Security = [security] });
        await b.ListenAsync(Multiaddr.Parse($"/ip4/127.0.0.1{transport}"), Ct);
        var faults = new ConcurrentQueue<Exception>();
        foreach (var host in (Libp2pHost[])[a, b]) host.Faulted += (_, e) => faults.Enqueue(e.Fault);
        Transfer.Serve(b);
        var identified = Task.WhenAll(TestHosts.NextAsync(a, b.Id, PeerEventKind.Identified), TestHosts.NextAsync(b, a.Id, PeerEventKind.Identified));
        await a.ConnectAsync(TestHosts.AddressOf(b), Ct);
        await identified;
        var (idleA, idleB) = (await IdleAsync(a), await IdleAsync(b));
        await System.Threading.Tasks.Parallel.ForEachAsync(
            Enumerable.Range(FirstSeed, Transfers), new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = Ct }, async (seed, ct) => await Transfer.RunAsync(a, b.Id, seed, ct));
        Assert.Equal((idleA, idleB), (await IdleAsync(a), await IdleAsync(b)));
        Assert.Empty(faults);
    }

    /// <summary>The load once only what an idle connection takes is left.</summary>
    internal static async Task<HostLoad> IdleAsync(Libp2pHost host)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (true)
        {
            if (host.Load is { Streams: 0, Counted: 0, Served: 0, Queued: 0 } load && load == await LaterAsync(host)) return load;
            Assert.False(patience.IsCancellationRequested, $"after half a minute there is still {host.Load}");
        }
    }

    private static async Task<HostLoad> LaterAsync(Libp2pHost host)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Ct);
        return host.Load;
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
