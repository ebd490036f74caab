using System.Globalization;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>Round trips to a peer behind a NAT: over its relay, and after whoever dialed waited for a direct connection.</summary>
/// <param name="Relayed">Over the relay, the fastest of a few in milliseconds.</param>
/// <param name="Path">How it is reached then: <c>punched</c>, <c>direct</c> or still <c>relayed</c>.</param>
/// <param name="Address">Where.</param>
/// <param name="After">There, the fastest of as many in milliseconds.</param>
/// <param name="Said">All that the probe said.</param>
internal sealed record NatRoundTrips(double Relayed, string Path, string Address, double After, string Said)
{
    /// <summary>One alone is as long as this machine was busy.</summary>
    private const int Pings = 5;

    private static string Probe => System.IO.Path.Combine(AppContext.BaseDirectory, "libp2p-probe");

    /// <summary>Dials a circuit with the probe, and notes the figures.</summary>
    /// <param name="lab">The network.</param>
    /// <param name="from">Where the probe runs.</param>
    /// <param name="circuit">Address and id of the peer over its relay.</param>
    /// <param name="patience">Seconds to wait for a direct connection.</param>
    /// <param name="what">What is measured, for who reads the figures.</param>
    public static async Task<NatRoundTrips> MeasureAsync(NatLab lab, string from, string circuit, int patience, string what)
    {
        await using var probe = lab.Start(from, Probe, circuit, "--pings", Pings.ToString(CultureInfo.InvariantCulture), "--upgrade", patience.ToString(CultureInfo.InvariantCulture), "--timeout", "60");
        Assert.EndsWith("/p2p-circuit", Value(await NextAsync("address")), StringComparison.Ordinal);
        var relayed = await FastestAsync();
        var path = Value(await NextAsync("path"));
        var seen = new NatRoundTrips(relayed, path, Value(await NextAsync("address")), await FastestAsync(), probe.Said);
        Note(what, string.Create(CultureInfo.InvariantCulture, $"{seen.Relayed} ms over the relay, {seen.After} ms {(path == "relayed" ? $"still over it after {patience} s" : path)}"));
        return seen;

        async Task<double> FastestAsync()
        {
            var fastest = double.MaxValue;
            for (var i = 0; i < Pings; i++) fastest = Math.Min(fastest, double.Parse(Value(await NextAsync("ping")), CultureInfo.InvariantCulture));
            return fastest;
        }

        Task<string> NextAsync(string name) => probe.LineAsync(l => l.StartsWith(name + ' ', StringComparison.Ordinal));
    }

    /// <summary>Notes figures as the test command prints them.</summary>
    public static void Note(string what, string figures)
    {
        var line = $"round trip, {what}: {figures}";
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        Figures.Note(line);
    }

    /// <summary>What stands behind the name in a line of the probe.</summary>
    public static string Value(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
}
