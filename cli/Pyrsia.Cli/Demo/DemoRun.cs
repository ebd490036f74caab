using System.Globalization;
using Pyrsia.Cli.Commands;
using Pyrsia.Cli.Log;
using Pyrsia.Cli.Output;
using Pyrsia.Cli.Testnet;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Cli.Demo;

/// <summary>Puts a real artifact through a whole network on this machine, step by step, each with its time.</summary>
internal sealed class DemoRun(CliContext context, string directory, string? image)
{
    private const string OwnImage = "pyrsia/demo:1";
    private const int Authorities = 4;
    private const int Nodes = 2;

    private static readonly TimeSpan BuildTimeout = TimeSpan.FromMinutes(20);

    /// <summary>How long node 2 may take to follow the log: it asks every few seconds.</summary>
    private static readonly TimeSpan FollowTimeout = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan FollowInterval = TimeSpan.FromMilliseconds(250);

    private readonly Programs _programs = Programs.Find(context.Environment.ProgramDirectory);
    private readonly TestnetRun _testnet = new(directory, context.Environment, _ => { });
    private readonly long _start = context.Time.GetTimestamp();
    private int _step;

    /// <summary>Runs all steps; the network is up when it returns.</summary>
    public async Task<TestnetFile> RunAsync(bool restart, CancellationToken cancellationToken)
    {
        var reference = ImageReference.Parse(image ?? OwnImage);
        var layout = Path.Combine(directory, "upstream");
        if (image is null) await StepAsync("assemble an OCI image of these programs, as the upstream", () => Task.FromResult(Assemble(layout, reference)));
        await StepAsync($"make keys and configuration of {Authorities} authorities and {Nodes} nodes", async () =>
        {
            await TestnetInit.RunAsync(new TestnetPlan(directory, Authorities, Nodes, null, image is null ? [$"docker.io=oci:{layout}"] : [], [], new TestnetBuilders([], null, null)), _programs, cancellationToken);
            return $"in {directory}";
        });
        var file = await StepAsync("start the processes", async () =>
        {
            var up = await _testnet.UpAsync(_programs, cancellationToken);
            return (up, $"{up.All.Count()} processes, a quorum of the authorities has found each other");
        });
        using var first = Client(file.Nodes[0]);
        using var second = Client(file.Nodes[1]);
        var success = await StepAsync($"ask node 1 to have {reference} notarized, and wait", () => BuildAsync(first, reference, cancellationToken));
        await StepAsync("pull it through node 1", () => PullAsync(first, reference, cancellationToken));
        await StepAsync("end all authorities; only the two nodes are left", () => StopAuthoritiesAsync(second, file, reference, cancellationToken));
        await StepAsync("pull it through node 2, whose bytes come from node 1 over the p2p network", () => PullThroughSecondAsync(second, file, reference, cancellationToken));
        await StepAsync("export the proof and verify it offline, by the network file alone", () => VerifyAsync(second, file, reference, cancellationToken));
        if (restart)
        {
            file = await StepAsync("start the authorities again", async () =>
            {
                var up = await _testnet.UpAsync(_programs, cancellationToken);
                return (up, "the log goes on where it was");
            });
        }
        context.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Done in {context.Time.GetElapsedTime(_start).TotalSeconds:0.0} s: {success.Coordinate} is {success.Digest}"));
        return file;
    }

    /// <summary>What a person can try next.</summary>
    public static IEnumerable<string> Hints(TestnetFile file, string directory, string? image)
    {
        var port = new Uri(file.Nodes[1].Http).Port;
        return
        [
            $"export PYRSIA_NODE={file.Nodes[1].Http} PYRSIA_NETWORK={file.Network}",
            "pyrsia status", "pyrsia list",
            $"pyrsia verify {image ?? OwnImage}",
            $"pyrsia inspect-log docker --image {image ?? OwnImage}",
            "pyrsia log audit",
            $"docker pull localhost:{port}/{image ?? OwnImage}",
            $"pyrsia testnet down --dir {directory}",
        ];
    }

    public Task DownAsync() => _testnet.DownAsync();

    private string Assemble(string layout, ImageReference reference)
    {
        string[] directories = [.. new[] { context.Environment.ProgramDirectory, Path.GetDirectoryName(_programs.Node)!, Path.GetDirectoryName(_programs.Authority)! }.Select(Path.TrimEndingDirectorySeparator).Distinct(StringComparer.Ordinal)];
        return $"{Words.Bytes(DemoImage.Write(layout, reference.ToString(), directories))} in {layout}";
    }

    private async Task<(BuildSuccess, string)> BuildAsync(NodeClient node, ImageReference reference, CancellationToken cancellationToken)
    {
        var started = await node.BuildDockerAsync(new BuildDockerRequest(reference.ToString()), cancellationToken);
        var standing = await new BuildWait(context, node).ForAsync(started.BuildId, BuildTimeout, cancellationToken);
        var success = standing.Success ?? throw BuildVerdict.ToException(started.BuildId, standing.Failure!);
        return (success, $"{string.Join(", ", success.Builders)} agree: log entry {success.EntryIndex}, {success.Digest}");
    }

    private async Task<string> PullAsync(NodeClient node, ImageReference reference, CancellationToken cancellationToken)
    {
        var (files, bytes) = await TransferBar.RunAsync(context, $"Pulling {reference}", progress => new ImagePull(node).RunAsync(reference, progress, cancellationToken));
        return $"{files} files, {Words.Bytes(bytes)}, every digest verified";
    }

    /// <summary>Waits until node 2 has the verdict, so that it needs nobody for it, and ends the authorities.</summary>
    private async Task<string> StopAuthoritiesAsync(NodeClient second, TestnetFile file, ImageReference reference, CancellationToken cancellationToken)
    {
        var start = context.Time.GetTimestamp();
        while ((await second.InspectDockerAsync(reference.ToString(), latest: true, cancellationToken)) is not [{ Type: "verified" }])
        {
            if (context.Time.GetElapsedTime(start) > FollowTimeout) throw new CliException($"Node 2 did not follow the log within {FollowTimeout.TotalSeconds:0} seconds.", "not-logged", "See its log.", ExitCode.TimedOut);
            await Task.Delay(FollowInterval, context.Time, cancellationToken);
        }
        var authorities = file.Authorities.Select(a => a.Name).ToHashSet(StringComparer.Ordinal);
        return $"{await _testnet.StopAsync(member => authorities.Contains(member.Name))} processes ended";
    }

    private async Task<string> PullThroughSecondAsync(NodeClient node, TestnetFile file, ImageReference reference, CancellationToken cancellationToken)
    {
        var pulled = await PullAsync(node, reference, cancellationToken);
        var transfers = (await node.StatusAsync(cancellationToken)).Transfers;
        var names = file.All.Where(member => member.PeerId is not null).ToDictionary(member => member.PeerId!, member => member.Name, StringComparer.Ordinal);
        var sources = transfers.Peers.Where(p => p.Value.BytesIn > 0).OrderByDescending(p => p.Value.BytesIn).Select(p => $"{Words.Bytes(p.Value.BytesIn)} from {names.GetValueOrDefault(p.Key, p.Key)}");
        if (transfers.BytesIn == 0) throw new CliException("Node 2 served the image without a byte from a peer.", "no-transfer", "See its log.", ExitCode.Failed);
        return $"{pulled}; {string.Join(", ", sources)}";
    }

    private async Task<string> VerifyAsync(NodeClient node, TestnetFile file, ImageReference reference, CancellationToken cancellationToken)
    {
        var network = NetworkFiles.Read(file.Network);
        var target = VerifyTarget.ReadName(reference.ToString());
        var (bundle, _) = await new BundleFetcher(node, network).FetchAsync(target, cancellationToken);
        var path = Path.Combine(directory, "demo.bundle.json");
        DurableFile.Write(path, bundle.ToBytes());
        var report = ProvenanceVerifier.Verify(await File.ReadAllBytesAsync(path, cancellationToken), network, new VerificationOptions { Coordinate = target.Coordinate, Digest = target.Digest, Now = context.Time.GetUtcNow() });
        VerificationOutput.Require(report);
        return string.Join("; ", report.Steps.Where(s => s.Step >= VerificationStep.Attestations).Select(s => s.Detail));
    }

    private NodeClient Client(TestnetMember member) => new(member.Http, context.Environment.Handler(), context.Time);

    private async Task StepAsync(string what, Func<Task<string>> run) => await StepAsync(what, async () => (0, await run()));

    private async Task<T> StepAsync<T>(string what, Func<Task<(T Value, string Outcome)>> run)
    {
        var start = context.Time.GetTimestamp();
        var (value, outcome) = await run();
        context.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{context.Palette.Good("✓")} {++_step}. {what} ({context.Time.GetElapsedTime(start).TotalSeconds:0.0} s)"));
        context.WriteLine($"     {outcome}");
        return value;
    }
}
