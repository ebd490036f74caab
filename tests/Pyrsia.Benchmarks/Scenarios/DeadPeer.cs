using System.Diagnostics;
using System.Globalization;
using Pyrsia.Benchmarks.Peers;
using Pyrsia.Libp2p;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>From the moment a peer dies or freezes to the moment that it is suspected and declared dead.</summary>
internal static class DeadPeer
{
    internal static async Task<List<Measurement>> RunAsync()
    {
        var killed = await MeasureAsync("KILL", PeerEventKind.Disconnected);
        var suspected = await MeasureAsync("STOP", PeerEventKind.Suspected);
        var dead = await MeasureAsync("STOP", PeerEventKind.Dead);
        List<Measurement> measured =
        [
            new("SIGKILL to disconnected", "s", killed),
            new("SIGSTOP to suspected", "s", suspected),
            new("SIGSTOP to dead, default options", "s", dead),
        ];
        if (!QuicThroughput.IsThere()) return measured;
        // No system tells of a process that is gone and had no more than a datagram socket.
        measured.Add(new("SIGKILL to suspected, over QUIC", "s", await MeasureAsync("KILL", PeerEventKind.Suspected, "quic")));
        measured.Add(new("SIGKILL to dead, over QUIC", "s", await MeasureAsync("KILL", PeerEventKind.Dead, "quic")));
        return measured;
    }

    private static async Task<double> MeasureAsync(string signal, PeerEventKind awaited, string kind = "libp2p")
    {
        using var peer = await ChildPeer.ServeAsync(kind);
        await using var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate() });
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var address = Multiaddr.Parse(peer.Address);
        await host.ConnectAsync(address);
        host.PeerChanged += (_, change) =>
        {
            if (change.Kind == awaited) seen.TrySetResult();
        };
        for (var i = 0; i < 20; i++) await host.PingAsync(address.PeerId!.Value);
        var clock = Stopwatch.StartNew();
        using (var kill = Process.Start("kill", ["-" + signal, peer.Pid.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
        await seen.Task.WaitAsync(TimeSpan.FromSeconds(60));
        var elapsed = clock.Elapsed.TotalSeconds;
        if (signal == "STOP") using (var resume = Process.Start("kill", ["-CONT", peer.Pid.ToString(CultureInfo.InvariantCulture)])) await resume.WaitForExitAsync();
        return elapsed;
    }
}
