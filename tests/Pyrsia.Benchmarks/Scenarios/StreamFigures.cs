using System.Diagnostics;
using Pyrsia.Benchmarks.Peers;
using Pyrsia.Libp2p;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>What one stream of 1 GiB from a peer and one to it take, in MB/s and in seconds of both ends' processors, run after run.</summary>
internal sealed class StreamFigures
{
    internal const long Size = 1L << 30;
    private const double Mega = 1e6;

    internal List<double> Down { get; } = [];

    internal List<double> Up { get; } = [];

    internal List<double> DownCpu { get; } = [];

    internal List<double> UpCpu { get; } = [];

    internal async Task AddAsync(Libp2pHost host, ChildPeer peer)
    {
        Down.Add(Size / Mega / await CostingAsync(() => DownAsync(host, peer.Address), peer, DownCpu));
        Up.Add(Size / Mega / await CostingAsync(() => UpAsync(host, peer.Address), peer, UpCpu));
    }

    private static async Task<double> CostingAsync(Func<Task<double>> transfer, ChildPeer peer, List<double> cpu)
    {
        var before = peer.Cpu + Process.GetCurrentProcess().TotalProcessorTime;
        var seconds = await transfer();
        cpu.Add((peer.Cpu + Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds);
        return seconds;
    }

    private static async Task<double> DownAsync(Libp2pHost host, string address)
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

    private static async Task<double> UpAsync(Libp2pHost host, string address)
    {
        var peer = await host.ConnectAsync(Multiaddr.Parse(address));
        await using var stream = await host.OpenStreamAsync(peer, PeerServer.TakeProtocol);
        var clock = Stopwatch.StartNew();
        await PeerServer.SendAsync(Size, stream.WriteAsync, CancellationToken.None);
        await stream.CloseWriteAsync(CancellationToken.None);
        var taken = new byte[sizeof(long)];
        await stream.ReadExactlyAsync(taken, CancellationToken.None);
        return BitConverter.ToInt64(taken) == Size ? clock.Elapsed.TotalSeconds : throw new InvalidDataException($"{BitConverter.ToInt64(taken)} bytes came");
    }
}
