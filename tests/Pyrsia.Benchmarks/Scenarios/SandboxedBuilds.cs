using System.Diagnostics;
using System.Globalization;
using Pyrsia.Builds;
using Pyrsia.Builds.Bubblewrap;
using Pyrsia.Builds.Docker;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Packages;
using Pyrsia.Builds.Repositories;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Builds.Sources;
using Pyrsia.EndToEnd.Tests.Builds;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>The second pass of a small Maven library in both sandboxes beside the same <c>mvn</c> without one, and how many different results many builds have.</summary>
internal static class SandboxedBuilds
{
    /// <summary>Builds a sandbox; <c>PYRSIA_BENCH_BUILDS</c> says another number.</summary>
    private const int DefaultBuilds = 5;

    private static readonly string[] TimeZones = ["UTC", "Asia/Tokyo", "America/New_York"];

    internal static async Task<List<Measurement>> RunAsync()
    {
        var builds = int.TryParse(Environment.GetEnvironmentVariable("PYRSIA_BENCH_BUILDS"), CultureInfo.InvariantCulture, out var wanted) ? Math.Max(1, wanted / 2) : DefaultBuilds;
        using var directory = new TemporaryDirectory();
        await using var git = GitServer.Start(Directory.CreateDirectory(directory["git"]).FullName);
        var commit = await git.PublishAsync("lib", SampleProjects.Library());
        await using var dockerd = await Dockerd.StartAsync(CancellationToken.None);
        await using var bubblewrap = await BubblewrapSandbox.OpenAsync(directory["sandbox"], TimeProvider.System, CancellationToken.None);
        await using var docker = await DockerSandbox.OpenAsync(dockerd.SocketPath, "bench", TimeProvider.System, CancellationToken.None);

        var bench = new Bench(directory, await BuilderImages.GetAsync(CancellationToken.None), $"{git.Address}/lib.git", commit);
        var inputs = await bench.PlanAsync(bubblewrap);
        List<double> bare = [], inBubblewrap = [], inDocker = [];
        for (var i = 0; i <= builds; i++)
        {
            // In turns, and the first of each thrown away: the engine imports the image, files come into the cache.
            double[] times = [await bench.BareAsync(inputs), await bench.BuildAsync(bubblewrap, inputs, i), await bench.BuildAsync(docker, inputs, i)];
            if (i == 0) continue;
            bare.Add(times[0]);
            inBubblewrap.Add(times[1]);
            inDocker.Add(times[2]);
        }
        return
        [
            new("mvn deploy of a small library in bubblewrap", "s", Measurement.Median(inBubblewrap), "bare mvn", Measurement.Median(bare)),
            new("mvn deploy of a small library in Docker, overlay2", "s", Measurement.Median(inDocker), "bare mvn", Measurement.Median(bare)),
            new($"different results of {bench.Count} builds in both sandboxes", "results", bench.DifferentResults, "wanted", 1),
        ];
    }

    /// <summary>One library, built again and again.</summary>
    private sealed class Bench(TemporaryDirectory directory, BuilderImage image, string url, string commit)
    {
        private readonly HashSet<string> _results = new(StringComparer.Ordinal);
        private int _runs;

        internal int Count { get; private set; }

        internal int DifferentResults => _results.Count;

        private BuildSpecification Specification => new(
            "maven", [new SpecifiedArtifact("maven:org.acme:lib:1.0", ["org/acme/lib/1.0/lib-1.0.jar", "org/acme/lib/1.0/lib-1.0.pom"])], new BuildSource(SourceKind.Git, url, commit, null, ""),
            new BuildTool("mvn", "3.8.7", 17, ["deploy"], ["-DforkCount=0"]), image.Digest, BuildEnvironment.Default, null, null);

        internal async Task<BuildInputs> PlanAsync(ISandbox sandbox)
        {
            var (folder, log) = Begin();
            using (log) return await Builder(sandbox).PlanAsync(Specification, new DebianRepository(image), folder, log, CancellationToken.None);
        }

        /// <summary>Builds in a sandbox. What is timed is the run of the build itself, not that of git before it.</summary>
        internal async Task<double> BuildAsync(ISandbox sandbox, BuildInputs inputs, int turn)
        {
            var (folder, log) = Begin();
            using (log)
            {
                var timed = new TimedSandbox(sandbox);
                var specification = Specification with { Environment = BuildEnvironment.Default with { TimeZone = TimeZones[turn % TimeZones.Length] } };
                var built = await Builder(timed).BuildAsync(specification, inputs, new DebianRepository(image), folder, log, CancellationToken.None);
                _results.Add(string.Join(' ', built.Files.Select(f => f.Digest)));
                Count++;
                return timed.Last.TotalSeconds;
            }
        }

        /// <summary>The same command on this machine as it is, with the same repository.</summary>
        internal async Task<double> BareAsync(BuildInputs inputs)
        {
            var (folder, log) = Begin();
            log.Dispose();
            var repository = new RepositoryFolder(new DebianRepository(image), Path.Combine(folder, "repository"), CancellationToken.None);
            await repository.FillAsync(inputs.Lock);
            foreach (var (path, content) in SampleProjects.Library())
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, "src", path))!);
                await File.WriteAllTextAsync(Path.Combine(folder, "src", path), content);
            }
            var step = new MavenPackageType().Step(Specification, new Uri($"file://{repository.Folder}"), inputs.OutputTimestamp);
            var settings = Path.Combine(folder, "settings.xml");
            await File.WriteAllTextAsync(settings, step.Files["settings.xml"]);
            var clock = Stopwatch.StartNew();
            var ran = await Command.RunAsync(
                "mvn", ["-B", "--no-transfer-progress", "-f", Path.Combine(folder, "src/pom.xml"), "-s", settings, $"-Dmaven.repo.local={folder}/m2", $"-DaltDeploymentRepository=out::file://{folder}/out", "-DforkCount=0", "deploy"]);
            return ran.ExitCode == 0 ? clock.Elapsed.TotalSeconds : throw new InvalidOperationException($"the bare build failed: {ran}");
        }

        private static SourceBuilder Builder(ISandbox sandbox) => new(
            new BuilderImageStore(BuilderImages.Directory), sandbox, new SourceFetcher(sandbox, new SourceLimits(), allowPrivateNetworks: true, TimeProvider.System), new SandboxLimits());

        private (string Folder, BuildLog Log) Begin()
        {
            var run = ++_runs;
            return (Directory.CreateDirectory(directory[$"run-{run}"]).FullName, new BuildLog(directory[$"log-{run}"]));
        }
    }

    /// <summary>Remembers how long the last run took, from the call to its result.</summary>
    private sealed class TimedSandbox(ISandbox inner) : ISandbox
    {
        internal TimeSpan Last { get; private set; }

        public string Name => inner.Name;

        public async Task<SandboxResult> RunAsync(SandboxRun run, CancellationToken cancellationToken)
        {
            var clock = Stopwatch.StartNew();
            var result = await inner.RunAsync(run, cancellationToken);
            Last = clock.Elapsed;
            return result;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
