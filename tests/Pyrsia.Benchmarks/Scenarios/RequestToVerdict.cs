using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Pyrsia.EndToEnd.Tests.Builds;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Pyrsia.Testing.Maven;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>
/// A small Maven library from a request to its verdict, with four authorities on this machine. Beside it stands the time in which builders worked: from the first that begins a pass to
/// the last whose part the log waited for, the pass that finds out what is used and the pass that counts. What is between the two is the network's own: entries, blocks, votes, waiting.
/// </summary>
internal static partial class RequestToVerdict
{
    /// <summary>Requests that are timed, after one that is thrown away.</summary>
    private const int Requests = 5;

    internal static async Task<List<Measurement>> RunAsync()
    {
        using var directory = new TemporaryDirectory();
        await using var git = GitServer.Start(Directory.CreateDirectory(directory["git"]).FullName);
        await using var central = await MavenCentral.StartAsync(CancellationToken.None);
        var image = await BuilderImages.GetAsync(CancellationToken.None);
        await using var testnet = await Testnet.StartAsync(
            $"oci:{directory["no-images"]}", nodes: 1, maven: central.Address, more: ["--built", "maven:org.acme", "--builder", "bubblewrap", "--builder-images", BuilderImages.Directory]);
        await MavenRequests.NotarizeAsync(testnet.Nodes[0], await SampleMaven.NeededAsync(central, directory["direct"]));

        List<double> whole = [], working = [];
        for (var i = 0; i <= Requests; i++)
        {
            var (name, version) = ($"lib{i}", $"1.{i}");
            await git.PublishAsync(name, SampleProjects.Library(version), "tag");
            var began = TimeProvider.System.GetUtcNow().TimeOfDay;
            var clock = Stopwatch.StartNew();
            var built = await testnet.CliAsync(
                testnet.Nodes[0], "build", "maven", "--gav", $"org.acme:lib:{version}", "--source", $"{git.Address}/{name}.git", "--ref", "tag", "--option=-DforkCount=0", "--wait", "--timeout", "5m");
            var took = clock.Elapsed.TotalSeconds;
            if (built.ExitCode != 0) throw new InvalidOperationException($"{image.Digest}: {built}");
            if (i == 0) continue;
            whole.Add(took);
            working.Add(await WorkAsync(testnet, began));
        }
        return
        [
            new("small library, request to verdict, 4 authorities", "s", Measurement.Median(whole), "builders at work", Measurement.Median(working)),
            new("of it neither planning nor building", "s", Measurement.Median(whole.Zip(working, (all, work) => all - work)), "wanted at most", 2),
        ];
    }

    /// <summary>How long builders worked on it: both passes, each until the last one whose part was waited for.</summary>
    private static async Task<double> WorkAsync(Testnet testnet, TimeSpan since)
    {
        List<(TimeSpan At, string What)> lines = [];
        foreach (var authority in testnet.Authorities)
            foreach (var line in await File.ReadAllLinesAsync(Path.Combine(testnet.Path, authority.Name, "log.txt")))
                if (Line().Match(line) is { Success: true } match && TimeSpan.Parse(match.Groups["at"].Value, CultureInfo.InvariantCulture) is var at && at >= since)
                    lines.Add((at, match.Groups["what"].Value));
        return Span("Finding out", "Found out") + Span("Obtaining", "Obtained");

        double Span(string begins, string ends) => (lines.Where(l => l.What == ends).Max(l => l.At) - lines.Where(l => l.What == begins).Min(l => l.At)).TotalSeconds;
    }

    [GeneratedRegex("^(?<at>[0-9:.]{12}) .*(?<what>Finding out|Found out|Obtaining|Obtained) ")]
    private static partial Regex Line();
}
