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
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>The second pass of a small Maven library in both sandboxes beside the same <c>mvn</c> without one, and how many different results many builds have.</summary>
internal static class SandboxedBuilds
{
    /// <summary>Builds a sandbox that are timed.</summary>
    private const int TimedBuilds = 5;

    /// <summary>Builds in all whose results are compared; <c>PYRSIA_BENCH_BUILDS</c> says another number.</summary>
    private const int DefaultBuilds = 16;

    private static readonly string[] TimeZones = ["UTC", "Asia/Tokyo", "America/New_York"];

    /// <summary>Users that no builder image knows, beside the usual one.</summary>
    private static readonly int[] Users = [1000, 4242, 1001, 60000, 33];

    /// <summary>Folders of the repository that hold the same project.</summary>
    private static readonly string[] Folders = ["", "elsewhere", "a/much/deeper/folder", "with-dash_and.dot"];

    internal static async Task<List<Measurement>> RunAsync()
    {
        var wanted = int.TryParse(Environment.GetEnvironmentVariable("PYRSIA_BENCH_BUILDS"), CultureInfo.InvariantCulture, out var said) ? said : DefaultBuilds;
        using var directory = new TemporaryDirectory();
        await using var git = GitServer.Start(Directory.CreateDirectory(directory["git"]).FullName);
        var commit = await git.PublishAsync("lib", Folders.SelectMany(folder => SampleProjects.Library().Select(f => (Path: Path.Combine(folder, f.Key), f.Value))).ToDictionary(f => f.Path, f => f.Value, StringComparer.Ordinal));
        await using var dockerd = await Dockerd.StartAsync(CancellationToken.None);
        await using var bubblewrap = await BubblewrapSandbox.OpenAsync(directory["sandbox"], TimeProvider.System, CancellationToken.None);
        await using var docker = await DockerSandbox.OpenAsync(dockerd.SocketPath, "bench", TimeProvider.System, CancellationToken.None);

        var bench = new Bench(directory, await BuilderImages.GetAsync(CancellationToken.None), $"{git.Address}/lib.git", commit);
        var inputs = await bench.PlanAsync(bubblewrap);
        List<double> bare = [], inBubblewrap = [], inDocker = [];
        for (var i = 0; i <= TimedBuilds; i++)
        {
            // In turns, and the first of each thrown away: the engine imports the image, files come into the cache.
            double[] times = [await bench.BareAsync(inputs), await bench.BuildAsync(bubblewrap, inputs, Surroundings.Usual), await bench.BuildAsync(docker, inputs, Surroundings.Usual)];
            if (i == 0) continue;
            bare.Add(times[0]);
            inBubblewrap.Add(times[1]);
            inDocker.Add(times[2]);
        }
        for (var i = 0; bench.Count < wanted; i++)
        {
            // Alone on the machine and side by side in turns; the numbers of zones, users and folders have no common divisor, so that all of them meet.
            if (i % 2 == 0) await bench.BuildAsync(i % 4 == 0 ? bubblewrap : docker, inputs, Surroundings.Of(i));
            else await Task.WhenAll(bench.BuildAsync(bubblewrap, inputs, Surroundings.Of(i)), bench.BuildAsync(docker, inputs, Surroundings.Of(i + 1)));
        }
        return
        [
            new("mvn deploy of a small library in bubblewrap", "s", Measurement.Median(inBubblewrap), "bare mvn", Measurement.Median(bare)),
            new("mvn deploy of a small library in Docker, overlay2", "s", Measurement.Median(inDocker), "bare mvn", Measurement.Median(bare)),
            new($"different results of {bench.Count} builds in both sandboxes", "results", bench.DifferentResults, "wanted", 1),
        ];
    }

    /// <summary>What must not show in the result.</summary>
    private sealed record Surroundings(string TimeZone, int User, string Folder)
    {
        internal static Surroundings Usual { get; } = new(TimeZones[0], Users[0], Folders[0]);

        internal static Surroundings Of(int turn) => new(TimeZones[turn % TimeZones.Length], Users[turn % Users.Length], Folders[turn % Folders.Length]);
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
        internal async Task<double> BuildAsync(ISandbox sandbox, BuildInputs inputs, Surroundings surroundings)
        {
            var (folder, log) = Begin();
            using (log)
            {
                var timed = new TimedSandbox(sandbox, surroundings.User);
                var specification = Specification with
                {
                    Environment = BuildEnvironment.Default with { TimeZone = surroundings.TimeZone },
                    Source = Specification.Source with { Subdirectory = surroundings.Folder },
                };
                var built = await Builder(timed).BuildAsync(specification, inputs, new DebianRepository(image), folder, log, CancellationToken.None);
                lock (_results)
                {
                    _results.Add(string.Join(' ', built.Files.Select(f => f.Digest)));
                    Count++;
                }
                return timed.Last.TotalSeconds;
            }
        }

        /// <summary>The same command on this machine as it is, with the same repository.</summary>
        internal async Task<double> BareAsync(BuildInputs inputs)
        {
            var (folder, log) = Begin();
            log.Dispose();
            var repository = new RepositoryFolder(RepositoryBelow.Files(new DebianRepository(image), new MavenNames()), Path.Combine(folder, "repository"), CancellationToken.None);
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
                "mvn", ["-B", "--no-transfer-progress", "-f", Path.Combine(folder, "src/pom.xml"), "-s", settings, $"-Dmaven.repo.local={folder}/m2", $"-DaltDeploymentRepository=out::file://{folder}/out", "-DforkCount=0", "deploy"],
                new Dictionary<string, string> { ["MAVEN_OPTS"] = MavenPackageType.JavaOptions });
            return ran.ExitCode == 0 ? clock.Elapsed.TotalSeconds : throw new InvalidOperationException($"the bare build failed: {ran}");
        }

        private static SourceBuilder Builder(ISandbox sandbox) => new(
            new BuilderImageStore(BuilderImages.Directory), sandbox, new SourceFetcher(sandbox, new SourceLimits(), allowPrivateNetworks: true, TimeProvider.System), new SandboxLimits());

        private (string Folder, BuildLog Log) Begin()
        {
            var run = Interlocked.Increment(ref _runs);
            return (Directory.CreateDirectory(directory[$"run-{run}"]).FullName, new BuildLog(directory[$"log-{run}"]));
        }
    }

    /// <summary>Runs as another user, and remembers how long the last run took, from the call to its result.</summary>
    private sealed class TimedSandbox(ISandbox inner, int user) : ISandbox
    {
        internal TimeSpan Last { get; private set; }

        public string Name => inner.Name;

        public Task PrepareAsync(BuilderImage image, CancellationToken cancellationToken) => inner.PrepareAsync(image, cancellationToken);

        public async Task<SandboxResult> RunAsync(SandboxRun run, CancellationToken cancellationToken)
        {
            var clock = Stopwatch.StartNew();
            var result = await inner.RunAsync(run with { UserId = user }, cancellationToken);
            Last = clock.Elapsed;
            return result;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
