using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>Two homes and a relay between them, each in a network namespace of its own, the routers by the kernel.</summary>
public sealed class HolePunchTests
{
    private static string Probe => Path.Combine(AppContext.BaseDirectory, "libp2p-probe");

    [Fact]
    public async Task Two_peers_behind_NATs_meet_over_a_relay_and_go_on_directly()
    {
        var (seen, all) = await MeetAsync(symmetric: false, patience: 30, "two NATs");
        Assert.True(seen.Path == "punched", all);
        Assert.StartsWith("/ip4/25.0.0.3/tcp/", seen.Address, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Behind_NATs_with_a_port_for_each_destination_the_circuit_stays_and_carries_bytes()
    {
        var (seen, all) = await MeetAsync(symmetric: true, patience: 6, "two NATs with a port for each destination");
        Assert.True(seen.Path == "relayed", all);
        Assert.EndsWith("/p2p-circuit", seen.Address, StringComparison.Ordinal);
        Assert.True(seen.After > 0, all);
    }

    private static async Task<(NatRoundTrips Seen, string All)> MeetAsync(bool symmetric, int patience, string what)
    {
        await using var lab = await NatLab.CreateAsync(symmetric);
        await using var relay = lab.Start("pub", Probe, "serve", "--listen", $"/ip4/{NatLab.PublicAddress}/tcp/4001", "--relay");
        var at = NatRoundTrips.Value(await relay.LineAsync(l => l.StartsWith("listens ", StringComparison.Ordinal)));
        await using var target = lab.Start("hb", Probe, "serve", "--over", at);
        var circuit = NatRoundTrips.Value(await target.LineAsync(l => l.StartsWith("listens ", StringComparison.Ordinal) && l.Contains("/p2p-circuit/p2p/", StringComparison.Ordinal)));
        var seen = await NatRoundTrips.MeasureAsync(lab, "ha", circuit, patience, what);
        return (seen, $"{seen.Said}\n{target.Said}\n{relay.Said}");
    }
}
