using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Pyrsia.Benchmarks.Peers;
using Pyrsia.Libp2p;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>What a connection costs beside its bytes: round trips, handshakes, and being there.</summary>
internal static class ConnectionCosts
{
    private const string Ping = "/ipfs/ping/1.0.0";
    private const int PingLength = 32;
    private const int Pings = 2_000;
    private const int Dials = 500;

    /// <summary>Rounds of pings on one stream, each with processes of its own and in turns with the others': where the scheduler puts their threads makes more of a difference than what runs on them, and stays for as long as they live.</summary>
    private const int Rounds = 5;

    /// <summary>Before the measured ones, at both ends and at the other implementation's: .NET compiles again what has run often, in several steps, and at the 500th dial a third of the processor time is the compiler's.</summary>
    private const int WarmingPings = 20_000;

    /// <summary>As <see cref="WarmingPings"/>.</summary>
    private const int WarmingDials = 8_000;

    private const int Dialers = 2;
    private const int Idle = 1_000;
    private const int FarDials = 9;

    private static readonly TimeSpan Far = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Watching = TimeSpan.FromSeconds(20);

    internal static async Task<List<Measurement>> RunAsync()
    {
        const string js = "js-libp2p";
        using var jsPeer = await JsPeer.StartAsync();
        var (same, jsSame, jsNew, bare) = await SamePingsAsync();
        var jsDials = await jsPeer.DialAsync(WarmingDials, Dials);
        using var peer = await ChildPeer.ServeAsync("libp2p");
        var (anew, beside) = await PingsAsync(peer.Address);
        var (rate, cpu) = await HandshakesAsync(peer);
        var (memory, share) = await IdleAsync();
        return
        [
            new("ping on the same stream, p50", "us", same, js, jsSame),
            new("ping on the same stream, p50", "us", same, "bare TCP", bare),
            new("ping on a new stream, p50", "us", anew, js, jsNew),
            new("ping beside a bulk transfer on its connection, p99", "ms", beside),
            new($"noise handshakes, {Dialers} at a time", "/s", rate, js, jsDials.Rate),
            new("CPU of both ends, a handshake", "ms", cpu, js, jsDials.Cpu),
            new("round trips from the dial to the first byte of an answer to a request", "", await RoundTripsAsync(peer.Address, RequestAsync)),
            new("the same, on a stream that was opened first", "", await RoundTripsAsync(peer.Address, OpenAndAskAsync)),
            new($"memory of {Idle} idle connections", "MB", memory),
            new("their heartbeats, of a core", "%", share),
        ];
    }

    /// <summary>The medians of rounds: of this stack, of the other on the same and on new streams, and of bare TCP.</summary>
    private static async Task<(double Same, double JsSame, double JsNew, double Bare)> SamePingsAsync()
    {
        var rounds = new List<(double Same, double JsSame, double JsNew, double Bare)>();
        while (rounds.Count < Rounds)
        {
            var (jsSame, jsNew) = await JsPingsAsync();
            rounds.Add((await SameRoundAsync(), jsSame, jsNew, await BarePingsAsync()));
        }
        return (Median(r => r.Same), Median(r => r.JsSame), Median(r => r.JsNew), Median(r => r.Bare));

        double Median(Func<(double Same, double JsSame, double JsNew, double Bare), double> of) => rounds.Select(of).Order().ElementAt(Rounds / 2);
    }

    private static async Task<(double Same, double New)> JsPingsAsync()
    {
        using var js = await JsPeer.StartAsync();
        // In turns as long as the measured one, which pings twice on one stream: its streams do not live for long.
        for (var warmed = 0; warmed < WarmingPings; warmed += 2 * Pings) await js.PingAsync(Pings);
        return await js.PingAsync(Pings);
    }

    private static async Task<double> SameRoundAsync()
    {
        using var child = await ChildPeer.ServeAsync("libp2p");
        await using var host = NewHost();
        await using var stream = await host.OpenStreamAsync(await host.ConnectAsync(Multiaddr.Parse(child.Address)), Ping);
        await EachAsync(WarmingPings, () => OnceAsync(stream));
        return (await EachAsync(Pings, () => OnceAsync(stream)))[Pings / 2];
    }

    private static async Task<(double New, double Beside)> PingsAsync(string address)
    {
        await using var host = NewHost();
        var peer = await host.ConnectAsync(Multiaddr.Parse(address));
        await using var stream = await host.OpenStreamAsync(peer, Ping);
        await EachAsync(WarmingPings, AnewAsync);
        var anew = await EachAsync(Pings, AnewAsync);
        await using var bulk = await host.OpenStreamAsync(peer, PeerServer.Protocol);
        await bulk.WriteAsync(BitConverter.GetBytes(1L << 40), CancellationToken.None);
        using var enough = new CancellationTokenSource();
        var reading = DrainAsync(bulk, enough.Token);
        var beside = await EachAsync(Pings, () => OnceAsync(stream));
        await enough.CancelAsync();
        await reading;
        return (anew[Pings / 2], beside[Pings * 99 / 100] / 1000);

        async Task AnewAsync()
        {
            await using var other = await host.OpenStreamAsync(peer, Ping);
            await OnceAsync(other);
        }
    }

    /// <summary>Microseconds of the median of as many bytes there and back over TCP alone: what this machine takes, whatever runs over it.</summary>
    private static async Task<double> BarePingsAsync()
    {
        using var peer = await ChildPeer.ServeAsync("echo");
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, int.Parse(peer.Address, CultureInfo.InvariantCulture));
        var payload = new byte[PingLength];
        await EachAsync(WarmingPings, OnceAsync);
        return (await EachAsync(Pings, OnceAsync))[Pings / 2];

        async Task OnceAsync()
        {
            await socket.SendAsync(payload);
            for (var received = 0; received < PingLength;) received += await socket.ReceiveAsync(payload.AsMemory(received));
        }
    }

    /// <summary>Microseconds of each of some runs, the shortest first.</summary>
    private static async Task<double[]> EachAsync(int count, Func<Task> once)
    {
        var runs = new double[count];
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await once();
            runs[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }
        Array.Sort(runs);
        return runs;
    }

    private static async Task OnceAsync(Libp2pStream stream)
    {
        var payload = new byte[PingLength];
        await stream.WriteAsync(payload, CancellationToken.None);
        await stream.ReadExactlyAsync(payload, CancellationToken.None);
    }

    private static async Task DrainAsync(Libp2pStream bulk, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 20];
        try
        {
            while (await bulk.ReadAsync(buffer, cancellationToken) > 0)
            {
            }
        }
        catch (OperationCanceledException)
        {
            bulk.Reset();
        }
    }

    private static async Task<(double Rate, double CpuMs)> HandshakesAsync(ChildPeer peer)
    {
        var address = Multiaddr.Parse(peer.Address);
        await Task.WhenAll(Enumerable.Range(0, Dialers).Select(_ => DialAsync(address, WarmingDials / Dialers)));
        var before = peer.Cpu + Process.GetCurrentProcess().TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Dialers).Select(_ => DialAsync(address, Dials / Dialers)));
        var elapsed = clock.Elapsed.TotalSeconds;
        return (Dials / elapsed, (peer.Cpu + Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds / Dials);
    }

    private static async Task DialAsync(Multiaddr address, int count)
    {
        await using var host = NewHost();
        for (var i = 0; i < count; i++)
        {
            var peer = await host.ConnectAsync(address);
            await host.DisconnectAsync(peer);
        }
    }

    /// <summary>The first answer of a peer that was not known before, over a link on which a round trip takes much longer than any work; the link's own handshake is one more.</summary>
    private static async Task<double> RoundTripsAsync(string address, Func<Libp2pHost, PeerId, Task> ask)
    {
        var target = Multiaddr.Parse(address);
        using var link = new DelayedLink(int.Parse(address.Split('/')[4], CultureInfo.InvariantCulture), Far);
        var far = Multiaddr.Parse(string.Create(CultureInfo.InvariantCulture, $"/ip4/127.0.0.1/tcp/{link.Port}")).WithPeerId(target.PeerId!.Value);
        var runs = new List<double>();
        for (var i = 0; i < FarDials; i++)
        {
            await using var host = NewHost();
            var clock = Stopwatch.StartNew();
            var peer = await host.ConnectAsync(far);
            await ask(host, peer);
            runs.Add((clock.Elapsed / Far) + 1);
        }
        return Measurement.Median(runs);
    }

    private static Task RequestAsync(Libp2pHost host, PeerId peer) => host.RequestAsync(peer, PeerServer.QuestionProtocol, new byte[PingLength]);

    private static async Task OpenAndAskAsync(Libp2pHost host, PeerId peer)
    {
        await using var stream = await host.OpenStreamAsync(peer, PeerServer.QuestionProtocol);
        await stream.WriteMessageAsync(new byte[PingLength], CancellationToken.None);
        await stream.ReadMessageAsync(PingLength, CancellationToken.None);
    }

    private static async Task<(double Megabytes, double Percent)> IdleAsync()
    {
        using var peer = await ChildPeer.ServeAsync("libp2p");
        var address = Multiaddr.Parse(peer.Address);
        await DialAsync(address, Idle); // what so many dials need once is there then
        await Task.Delay(Settling, TimeProvider.System);
        var before = ResidentBytes(peer.Pid);
        var hosts = Enumerable.Range(0, Idle).Select(_ => NewHost()).ToList();
        foreach (var host in hosts) await host.ConnectAsync(address);
        await Task.Delay(Settling, TimeProvider.System);
        var memory = ResidentBytes(peer.Pid) - before;
        var cpu = peer.Cpu;
        await Task.Delay(Watching, TimeProvider.System);
        var share = (peer.Cpu - cpu) / Watching;
        foreach (var host in hosts) await host.DisposeAsync();
        return (memory / 1e6, share * 100);
    }

    private static long ResidentBytes(int pid)
    {
        using var process = Process.GetProcessById(pid);
        return process.WorkingSet64;
    }

    private static Libp2pHost NewHost() => new(new Libp2pHostOptions { Identity = KeyPair.Generate(), Security = [SecurityProtocol.Noise] });
}
