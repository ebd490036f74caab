using System.Diagnostics;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>From a build request to its verdict in the log: four authorities as processes of their own on this machine, a small image.</summary>
internal static class Finality
{
    private const int Runs = 10;

    internal static async Task<List<Measurement>> RunAsync()
    {
        using var directory = new TemporaryDirectory();
        var path = directory["layout"];
        var layout = new OciLayout(path);
        for (var i = 0; i < Runs; i++)
        {
            var layer = layout.Add("application/octet-stream", BitConverter.GetBytes(i));
            layout.Name($"library/small{i}:1", layout.AddImage("amd64", [(layer, layer.Digest)], "true"));
        }
        await using var testnet = await Testnet.StartAsync($"oci:{path}");
        var node = testnet.Nodes[0];
        var runs = new List<double>();
        for (var i = 0; i < Runs; i++)
        {
            var clock = Stopwatch.StartNew();
            var build = await testnet.CliAsync(node, "build", "docker", "--image", $"small{i}:1", "--wait");
            if (build.ExitCode != 0) throw new InvalidOperationException(build.ToString());
            runs.Add(clock.Elapsed.TotalSeconds);
        }
        return [new("pyrsia build docker --wait of a small image", "s", Measurement.Median(runs))];
    }
}
