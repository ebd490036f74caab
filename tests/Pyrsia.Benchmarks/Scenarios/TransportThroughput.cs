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
    private const long Size = StreamFigures.Size;
    private const int Runs = 5;
    private const double Mega = 1e6;

    internal static async Task<List<Measurement>> RunAsync()
    {
        var (noise, tls) = (new StreamFigures(), new StreamFigures());
        var (bare, js, jsCpu, jsTls) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        using var libp2pPeer = await ChildPeer.ServeAsync("libp2p");
        using var tlsPeer = await ChildPeer.ServeAsync("tls");
        using var jsPeer = await JsPeer.StartAsync();
        using var jsTlsPeer = await JsPeer.StartAsync("/tls/1.0.0");
        await using var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Security = [SecurityProtocol.Noise] });
        await using var tlsHost = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Security = [SecurityProtocol.Tls] });
        for (var run = 0; run < Runs; run++)
        {
            await noise.AddAsync(host, libp2pPeer);
            var jsBefore = jsPeer.Cpu;
            js.Add(Size / Mega / await jsPeer.FetchAsync(Size));
            jsCpu.Add((jsPeer.Cpu - jsBefore).TotalSeconds);
            await tls.AddAsync(tlsHost, libp2pPeer);
            jsTls.Add(Size / Mega / await jsTlsPeer.FetchAsync(Size));
            bare.Add(Size / Mega / await TlsAsync(int.Parse(tlsPeer.Address, CultureInfo.InvariantCulture)));
        }
        return
        [
            new("noise + yamux, one stream, 1 GiB down", "MB/s", Measurement.Median(noise.Down), "bare TLS stream", Measurement.Median(bare)),
            new("noise + yamux, one stream, 1 GiB down", "MB/s", Measurement.Median(noise.Down), "js-libp2p", Measurement.Median(js)),
            new("noise + yamux, one stream, 1 GiB up", "MB/s", Measurement.Median(noise.Up), "js-libp2p", Measurement.Median(js)),
            new("TLS + yamux, one stream, 1 GiB down", "MB/s", Measurement.Median(tls.Down), "bare TLS stream", Measurement.Median(bare)),
            new("TLS + yamux, one stream, 1 GiB down", "MB/s", Measurement.Median(tls.Down), "js-libp2p", Measurement.Median(jsTls)),
            new("TLS + yamux, one stream, 1 GiB up", "MB/s", Measurement.Median(tls.Up), "js-libp2p", Measurement.Median(jsTls)),
            new("CPU of both ends, noise down", "s/GiB", Measurement.Median(noise.DownCpu), "js-libp2p", Measurement.Median(jsCpu)),
            new("CPU of both ends, noise up", "s/GiB", Measurement.Median(noise.UpCpu), "js-libp2p", Measurement.Median(jsCpu)),
            new("CPU of both ends, TLS down", "s/GiB", Measurement.Median(tls.DownCpu)),
            new("CPU of both ends, TLS up", "s/GiB", Measurement.Median(tls.UpCpu)),
        ];
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
