using Pyrsia.Benchmarks.Peers;
using Pyrsia.Libp2p;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>One stream of 1 GiB between two processes on loopback, down and up, over QUIC beside TLS and yamux over TCP.</summary>
internal static class QuicThroughput
{
    private const int Runs = 5;

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
        var (quic, tcp) = (new StreamFigures(), new StreamFigures());
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
}
