using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Pyrsia.Contracts;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>A warm node beside the docker-registry that the same image came from, and a 1 GiB blob from node to node, with the memory that it takes.</summary>
internal static class WarmNode
{
    private const int LayerSize = 1 << 30;
    private const int Runs = 5;
    private const int Requests = 8000;
    private const int Connections = 32;
    private const string Name = "library/large:1";

    internal static async Task<List<Measurement>> RunAsync()
    {
        using var directory = new TemporaryDirectory();
        var layout = new OciLayout(directory["layout"]);
        var content = new byte[LayerSize];
        new Random(7).NextBytes(content);
        var layer = layout.Add("application/octet-stream", content);
        layout.Name(Name, layout.AddImage("amd64", [(layer, new Digest(SHA256.HashData(content)))], "true"));
        content = [];
        await using var registry = await DockerRegistry.StartAsync(CancellationToken.None);
        await registry.PushAsync(directory["layout"], Name);
        await using var testnet = await Testnet.StartAsync($"http://{registry.Address}");
        var (first, second) = (testnet.Nodes[0], testnet.Nodes[1]);
        var idle = Memory(first.Pid);
        var build = await testnet.CliAsync(first, "build", "docker", "--image", Name, "--wait");
        if (build.ExitCode != 0) throw new InvalidOperationException(build.ToString());

        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections }) { Timeout = TimeSpan.FromMinutes(5) };
        string Blob(string host) => $"http://{host}/v2/library/large/blobs/{layer.Digest}";
        string Manifest(string host) => $"http://{host}/v2/library/large/manifests/1";
        var (node, node2) = (first.Http.Authority, second.Http.Authority);
        await DownloadAsync(client, Manifest(node));
        var cold = await DownloadAsync(client, Blob(node));
        foreach (var authority in testnet.Authorities) authority.Signal("KILL");
        var peerToPeer = await DownloadAsync(client, Blob(node2));
        var busy = Memory(second.Pid);

        var (ours, theirs, ourRate, theirRate) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var run = 0; run < Runs; run++)
        {
            ours.Add(await DownloadAsync(client, Blob(node)));
            theirs.Add(await DownloadAsync(client, Blob(registry.Address)));
            ourRate.Add(await RequestsAsync(client, Manifest(node)));
            theirRate.Add(await RequestsAsync(client, Manifest(registry.Address)));
        }
        return
        [
            new("1 GiB blob from a warm node", "MB/s", Measurement.Median(ours), "docker-registry", Measurement.Median(theirs)),
            new($"manifest by tag, {Connections} connections", "requests/s", Measurement.Median(ourRate), "docker-registry", Measurement.Median(theirRate)),
            new("1 GiB blob, cold node from four authorities", "MB/s", cold),
            new("1 GiB blob, cold node from one node", "MB/s", peerToPeer),
            new("memory of an idle node (RSS)", "MB", idle.Now),
            new("peak memory of a node during a 1 GiB transfer (RSS)", "MB", busy.Peak),
        ];
    }

    private static async Task<double> DownloadAsync(HttpClient client, string address)
    {
        var buffer = new byte[1 << 20];
        var clock = Stopwatch.StartNew();
        using var response = await client.GetAsync(new Uri(address), HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync();
        long received = 0;
        while (await body.ReadAsync(buffer) is > 0 and var read) received += read;
        return received / 1e6 / clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> RequestsAsync(HttpClient client, string address)
    {
        var left = Requests;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, address);
                foreach (var type in MediaTypes.Manifests) request.Headers.Accept.ParseAdd(type);
                using var response = await client.SendAsync(request);
                response.EnsureSuccessStatusCode();
                await response.Content.ReadAsByteArrayAsync();
            }
        }));
        return Requests / clock.Elapsed.TotalSeconds;
    }

    private static (double Now, double Peak) Memory(int pid)
    {
        var lines = File.ReadAllLines($"/proc/{pid}/status");
        double Field(string name) => double.Parse(lines.First(l => l.StartsWith(name, StringComparison.Ordinal)).Split(' ', '\t', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024 / 1e6;
        return (Field("VmRSS:"), Field("VmHWM:"));
    }
}
