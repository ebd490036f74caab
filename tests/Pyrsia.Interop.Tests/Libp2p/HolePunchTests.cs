using System.Globalization;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>Two homes and a relay between them, each in a network namespace of its own, the routers by the kernel.</summary>
public sealed class HolePunchTests
{
    private static string Probe => Path.Combine(AppContext.BaseDirectory, "libp2p-probe");

    [Fact]
    public async Task Two_peers_behind_NATs_meet_over_a_relay_and_go_on_directly()
    {
        var (before, path, address, after, all) = await MeetAsync(symmetric: false);
        Assert.True(path == "punched", all);
        Assert.StartsWith("/ip4/25.0.0.3/tcp/", address, StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round trip over the relay {before} ms, direct {after} ms"));
    }

    [Fact]
    public async Task Behind_NATs_with_a_port_for_each_destination_the_circuit_stays_and_carries_bytes()
    {
        var (_, path, address, after, all) = await MeetAsync(symmetric: true);
        Assert.True(path == "relayed", all);
        Assert.EndsWith("/p2p-circuit", address, StringComparison.Ordinal);
        Assert.True(after > 0, all);
    }

    private static async Task<(double Before, string Path, string Address, double After, string All)> MeetAsync(bool symmetric)
    {
        await using var lab = await NatLab.CreateAsync(symmetric);
        await using var relay = lab.Start("pub", Probe, "serve", "--listen", $"/ip4/{NatLab.PublicAddress}/tcp/4001", "--relay");
        var at = Value(await relay.LineAsync(l => l.StartsWith("listens ", StringComparison.Ordinal)));
        await using var target = lab.Start("hb", Probe, "serve", "--over", at);
        var circuit = Value(await target.LineAsync(l => l.StartsWith("listens ", StringComparison.Ordinal) && l.Contains("/p2p-circuit/p2p/", StringComparison.Ordinal)));
        await using var source = lab.Start("ha", Probe, circuit, "--pings", "1", "--upgrade", symmetric ? "6" : "30", "--timeout", "60");
        Assert.EndsWith("/p2p-circuit", Value(await NextAsync("address")), StringComparison.Ordinal);
        return (Milliseconds(await NextAsync("ping")), Value(await NextAsync("path")), Value(await NextAsync("address")), Milliseconds(await NextAsync("ping")), $"{source.Said}\n{target.Said}\n{relay.Said}");

        Task<string> NextAsync(string name) => source.LineAsync(l => l.StartsWith(name + ' ', StringComparison.Ordinal));
    }

    private static string Value(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];

    private static double Milliseconds(string line) => double.Parse(Value(line), CultureInfo.InvariantCulture);
}
