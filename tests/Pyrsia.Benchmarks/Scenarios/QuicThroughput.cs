using System.Diagnostics;
using Pyrsia.Benchmarks.Peers;
using Pyrsia.Libp2p;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>One stream of 1 GiB between two processes on loopback, down and up, over QUIC beside TLS and yamux over TCP.</summary>
internal static class QuicThroughput
{
    private const int Runs = 5;
    private const double Mega = 1e6;

    /// <summary>Whether QUIC can be measured here; says so when it cannot.</summary>
    internal static bool IsThere()
    {
        if (QuicPlatform.IsAvailable) return true;
        Console.WriteLine($"QUIC is not measured: {QuicPlatform.Missing}");
        return false;
    }

    internal static async Task<List<Measurement>> RunAsync()
    {
        if (!IsThere()) return [];
        using var quicPeer = await ChildPeer.ServeAsync("quic");
        using var tcpPeer = await ChildPeer.ServeAsync("libp2p");
        await using var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Security = [SecurityProtocol.Tls] });
        var (quic, tcp) = (new Figures(), new Figures());
        for (var run = 0; run < Runs; run++)
        {
            await quic.AddAsync(host, quicPeer);
            await tcp.AddAsync(host, tcpPeer);
        }
        return
        [
            new("QUIC, one stream, 1 GiB down", "MB/s", Measurement.Median(quic.Down), "TLS + yamux", Measurement.Median(tcp.Down)),
            new("QUIC, one stream, 1 GiB up", "MB/s", Measurement.Median(quic.Up), "TLS + yamux", Measurement.Median(tcp.Up)),
            new("CPU of both ends, QUIC down", "s/GiB", Measurement.Median(quic.DownCpu), "TLS + yamux", Measurement.Median(tcp.DownCpu)),
            new("CPU of both ends, QUIC up", "s/GiB", Measurement.Median(quic.UpCpu), "TLS + yamux", Measurement.Median(tcp.UpCpu)),
        ];
    }

    private static async Task<double> UpAsync(Libp2pHost host, string address)
    {
        var peer = await host.ConnectAsync(Multiaddr.Parse(address));
        await using var stream = await host.OpenStreamAsync(peer, PeerServer.TakeProtocol);
        var clock = Stopwatch.StartNew();
        await PeerServer.SendAsync(TransportThroughput.Size, stream.WriteAsync, CancellationToken.None);
        await stream.CloseWriteAsync(CancellationToken.None);
        var taken = new byte[sizeof(long)];
        await stream.ReadExactlyAsync(taken, CancellationToken.None);
        return BitConverter.ToInt64(taken) == TransportThroughput.Size ? clock.Elapsed.TotalSeconds : throw new InvalidDataException($"{BitConverter.ToInt64(taken)} bytes came");
    }

    private sealed class Figures
    {
        public List<double> Down { get; } = [];

        public List<double> Up { get; } = [];

        public List<double> DownCpu { get; } = [];

        public List<double> UpCpu { get; } = [];

        public async Task AddAsync(Libp2pHost host, ChildPeer peer)
        {
            Down.Add(TransportThroughput.Size / Mega / await CostingAsync(() => TransportThroughput.Libp2pAsync(host, peer.Address), peer, DownCpu));
            Up.Add(TransportThroughput.Size / Mega / await CostingAsync(() => UpAsync(host, peer.Address), peer, UpCpu));
        }

        private static async Task<double> CostingAsync(Func<Task<double>> transfer, ChildPeer peer, List<double> cpu)
        {
            var before = peer.Cpu + Process.GetCurrentProcess().TotalProcessorTime;
            var seconds = await transfer();
            cpu.Add((peer.Cpu + Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds);
            return seconds;
        }
    }
}
