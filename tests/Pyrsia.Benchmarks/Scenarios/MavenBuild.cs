using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Pyrsia.Benchmarks.Peers;
using Pyrsia.Contracts;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Pyrsia.Testing.Maven;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary><c>mvn package</c> of a small project with an empty local repository, through a warm node and from a plain HTTP server that has the same files.</summary>
internal static class MavenBuild
{
    /// <summary>Builds from each; <c>PYRSIA_BENCH_BUILDS</c> says another number.</summary>
    private const int DefaultBuilds = 7;

    private const int Connections = 1;
    private const int Rounds = 5;

    internal static async Task<List<Measurement>> RunAsync()
    {
        var builds = int.TryParse(Environment.GetEnvironmentVariable("PYRSIA_BENCH_BUILDS"), CultureInfo.InvariantCulture, out var wanted) ? Math.Max(1, wanted) : DefaultBuilds;
        using var directory = new TemporaryDirectory();
        var project = new MavenProject(directory["project"], MavenProject.AppSource, MavenProject.Libraries);
        await using var central = await MavenCentral.StartAsync(CancellationToken.None);
        await BuildAsync(project, central.Address, directory["first"]);
        string[] served = [.. central.Served.Distinct()];
        await CopyAsync(central, served, directory["files"]);
        await using var server = await Nginx.StartAsync(directory["nginx"], directory["files"]);

        await using var testnet = await Testnet.StartAsync($"oci:{directory["no-images"]}", nodes: 1, maven: central.Address);
        var node = new Uri(testnet.Nodes[0].Http, "maven2/");
        await MavenRequests.NotarizeAsync(testnet.Nodes[0], served.Select(path => MavenPath.TryParse(path, out var parsed) == MavenPathFault.None ? parsed as MavenFilePath : null).OfType<MavenFilePath>());
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections });
        string[] requests = [.. served.SelectMany(path => new[] { path, path + ".sha1" })];
        await FetchAsync(client, node, requests);
        foreach (var authority in testnet.Authorities) authority.Signal("KILL");

        List<double> ours = [], theirs = [], ourRequest = [], theirRequest = [];
        for (var i = 0; i <= builds; i++)
        {
            // In turns, each first in every second; the first of each is thrown away.
            var turn = new Dictionary<Uri, double>();
            foreach (var address in i % 2 == 0 ? new[] { node, server.Address } : [server.Address, node]) turn[address] = await BuildAsync(project, address, directory[$"local-{i}-{address.Port}"]);
            if (i == 0) continue;
            ours.Add(turn[node]);
            theirs.Add(turn[server.Address]);
        }
        for (var i = 0; i < Rounds; i++)
        {
            ourRequest.Add(await FetchAsync(client, node, requests));
            theirRequest.Add(await FetchAsync(client, server.Address, requests));
        }
        return
        [
            new("mvn package, cold local repository", "s", Measurement.Median(ours), "nginx", Measurement.Median(theirs)),
            new($"one of its {requests.Length} requests, one after the other", "ms", Measurement.Median(ourRequest), "nginx", Measurement.Median(theirRequest)),
        ];
    }

    private static async Task<double> BuildAsync(MavenProject project, Uri repository, string local)
    {
        var clock = Stopwatch.StartNew();
        var built = await project.RunAsync(repository, local, "clean", "package");
        var took = clock.Elapsed.TotalSeconds;
        if (built.ExitCode != 0) throw new InvalidOperationException($"{repository}: {built}");
        Directory.Delete(local, recursive: true);
        return took;
    }

    /// <summary>Fetches them one after the other, as Maven does mostly; milliseconds of one.</summary>
    private static async Task<double> FetchAsync(HttpClient client, Uri repository, string[] paths)
    {
        var clock = Stopwatch.StartNew();
        foreach (var path in paths) await client.GetByteArrayAsync(new Uri(repository, path));
        return clock.Elapsed.TotalMilliseconds / paths.Length;
    }

    /// <summary>The same files and checksums as the repository that the node's artifacts come from.</summary>
    private static async Task CopyAsync(MavenCentral central, string[] paths, string folder)
    {
        using var client = new HttpClient();
        foreach (var path in paths)
        {
            var content = await client.GetByteArrayAsync(new Uri(central.Address, path));
            var file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, content);
            // Maven's protocol names the algorithm.
#pragma warning disable CA5350
            await File.WriteAllTextAsync(file + ".sha1", Convert.ToHexStringLower(SHA1.HashData(content)));
#pragma warning restore CA5350
        }
    }
}
