using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Pyrsia.Benchmarks.Peers;
using Pyrsia.Libp2p;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>One stream of 1 GiB between two processes on loopback: ours beside js-libp2p's and beside a bare TLS stream.</summary>
internal static class TransportThroughput
{
    internal const long Size = 1L << 30;
    private const int Runs = 5;
    private const double Mega = 1e6;

    internal static async Task<List<Measurement>> RunAsync()
    {
        var (ours, tls, js, cpu, jsCpu) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var (oursTls, jsTls, cpuTls) = (new List<double>(), new List<double>(), new List<double>());
        using var libp2pPeer = await ChildPeer.ServeAsync("libp2p");
        using var tlsPeer = await ChildPeer.ServeAsync("tls");
        using var jsPeer = await JsPeer.StartAsync();
        using var jsTlsPeer = await JsPeer.StartAsync("/tls/1.0.0");
        await using var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Security = [SecurityProtocol.Noise] });
        await using var tlsHost = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Security = [SecurityProtocol.Tls] });
        for (var run = 0; run < Runs; run++)
        {
            var before = libp2pPeer.Cpu + Process.GetCurrentProcess().TotalProcessorTime;
            ours.Add(Size / Mega / await Libp2pAsync(host, libp2pPeer.Address));
            cpu.Add((libp2pPeer.Cpu + Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds);
            var jsBefore = jsPeer.Cpu;
            js.Add(Size / Mega / await jsPeer.FetchAsync(Size));
            jsCpu.Add((jsPeer.Cpu - jsBefore).TotalSeconds);
            before = libp2pPeer.Cpu + Process.GetCurrentProcess().TotalProcessorTime;
            oursTls.Add(Size / Mega / await Libp2pAsync(tlsHost, libp2pPeer.Address));
            cpuTls.Add((libp2pPeer.Cpu + Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds);
            jsTls.Add(Size / Mega / await jsTlsPeer.FetchAsync(Size));
            tls.Add(Size / Mega / await TlsAsync(int.Parse(tlsPeer.Address, CultureInfo.InvariantCulture)));
        }
        return
        [
            new("noise + yamux, one stream, 1 GiB down", "MB/s", Measurement.Median(ours), "bare TLS stream", Measurement.Median(tls)),
            new("noise + yamux, one stream, 1 GiB down", "MB/s", Measurement.Median(ours), "js-libp2p", Measurement.Median(js)),
            new("TLS + yamux, one stream, 1 GiB down", "MB/s", Measurement.Median(oursTls), "bare TLS stream", Measurement.Median(tls)),
            new("TLS + yamux, one stream, 1 GiB down", "MB/s", Measurement.Median(oursTls), "js-libp2p", Measurement.Median(jsTls)),
            new("CPU of both ends, TLS", "s/GiB", Measurement.Median(cpuTls)),
            new("CPU of both ends", "s/GiB", Measurement.Median(cpu), "js-libp2p", Measurement.Median(jsCpu)),
        ];
    }

    internal static async Task<double> Libp2pAsync(Libp2pHost host, string address)
    {
        var peer = await host.ConnectAsync(Multiaddr.Parse(address));
        await using var stream = await host.OpenStreamAsync(peer, PeerServer.Protocol);
        var buffer = new byte[1 << 20];
        var clock = Stopwatch.StartNew();
        await stream.WriteAsync(BitConverter.GetBytes(Size), CancellationToken.None);
        long received = 0;
        while (await stream.ReadAsync(buffer, CancellationToken.None) is > 0 and var read) received += read;
        return received == Size ? clock.Elapsed.TotalSeconds : throw new InvalidDataException($"{received} bytes came");
    }

    private static async Task<double> TlsAsync(int port)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", port);
        // Both ends are ours and only their speed is of interest.
        await using var tls = new SslStream(client.GetStream(), false, (_, certificate, _, _) => certificate?.Subject == "CN=benchmark");
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "benchmark", EnabledSslProtocols = SslProtocols.Tls13 });
        var buffer = new byte[1 << 20];
        var clock = Stopwatch.StartNew();
        await tls.WriteAsync(BitConverter.GetBytes(Size));
        long received = 0;
        while (await tls.ReadAsync(buffer) is > 0 and var read) received += read;
        return received == Size ? clock.Elapsed.TotalSeconds : throw new InvalidDataException($"{received} bytes came");
    }
}
