using System.Globalization;
using Pyrsia.Builds;
using Pyrsia.Builds.Bubblewrap;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Builds.Sources;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>Builds of sample projects from a git server, in a real sandbox with a real Maven.</summary>
public sealed class SourceBuilderTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private GitServer _git = null!;
    private BuilderImage _image = null!;
    private BubblewrapSandbox _sandbox = null!;
    private DebianRepository _repository = null!;
    private int _runs;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _git = GitServer.Start(Directory.CreateDirectory(_directory["git"]).FullName);
        _image = await BuilderImages.GetAsync(Cancel);
        _sandbox = await BubblewrapSandbox.OpenAsync(_directory["sandbox"], TimeProvider.System, Cancel);
        _repository = new DebianRepository(_image);
    }

    public async ValueTask DisposeAsync()
    {
        await _sandbox.DisposeAsync();
        await _git.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_library_is_built_twice_to_the_same_bytes_from_its_lock_alone()
    {
        var commit = await _git.PublishAsync("lib", SampleProjects.Library(), "v1.0");
        var specification = Library(commit) with { Source = Source("lib", commit) with { Tag = "v1.0" } };
        var inputs = await PlanAsync(specification);
        Assert.Equal(1_700_000_000, inputs.OutputTimestamp);
        Assert.Contains(inputs.Lock.Files, f => f.Path == "org/apache/commons/commons-lang3/3.12.0/commons-lang3-3.12.0.jar");
        var other = specification with { Environment = new BuildEnvironment("lf", "0022", "Asia/Tokyo", "C.UTF-8") };
        // Side by side: a machine under load is one more thing that must not show.
        var builds = await Task.WhenAll(BuildAsync(specification, inputs), BuildAsync(other, inputs));
        var ((first, log), (second, _)) = (builds[0], builds[1]);
        Assert.Equal(first.Files.Select(f => (f.Name, f.Digest)), second.Files.Select(f => (f.Name, f.Digest)));
        Assert.Equal(["org/acme/lib/1.0/lib-1.0.jar", "org/acme/lib/1.0/lib-1.0.pom"], first.Files.Select(f => f.Name));
        Assert.Contains("Tests run: 1, Failures: 0", log, StringComparison.Ordinal);
        Assert.Contains("openjdk-17-jdk-headless", System.Text.Encoding.UTF8.GetString(first.Packages), StringComparison.Ordinal);

        // What was promised and not made is a failure too, whatever else came out.
        var more = specification with { Artifacts = [specification.Artifacts[0] with { Outputs = [.. specification.Artifacts[0].Outputs, "org/acme/lib/1.0/lib-1.0-sources.jar"] }] };
        Assert.Contains("lib-1.0-sources.jar", (await FailsAsync(FailureReason.OutputRefused, () => BuildAsync(more, inputs))).Message, StringComparison.Ordinal);

        var without = DependencyLock.Of(inputs.Lock.Files.Where(f => !f.Path.EndsWith("commons-lang3-3.12.0.jar", StringComparison.Ordinal)));
        await FailsAsync(FailureReason.BuildError, () => BuildAsync(specification, inputs with { Lock = without }));
        var changed = DependencyLock.Of(inputs.Lock.Files.Select(f => f.Path.EndsWith("commons-lang3-3.12.0.jar", StringComparison.Ordinal) ? f with { Digest = inputs.Lock.Files[0].Digest } : f));
        await FailsAsync(FailureReason.DependencyUnverified, () => BuildAsync(specification, inputs with { Lock = changed }));
    }

    [Fact]
    public async Task Every_module_of_a_build_is_an_artifact()
    {
        var commit = await _git.PublishAsync("modules", SampleProjects.TwoModules());
        var specification = Library(commit) with
        {
            Source = Source("modules", commit),
            Artifacts = [Artifact("parent", "pom"), Artifact("one", "jar", "pom"), Artifact("two", "jar", "pom")],
        };
        var (built, _) = await BuildAsync(specification, await PlanAsync(specification));
        Assert.Equal(specification.Outputs.Order(StringComparer.Ordinal), built.Files.Select(f => f.Name));
    }

    [Fact]
    public async Task A_plain_file_is_taken_from_its_commit_or_an_archive_without_running_anything()
    {
        var commit = await _git.PublishAsync("data", new Dictionary<string, string>(StringComparer.Ordinal) { ["share/words.txt"] = "one\ntwo\n" });
        var specification = Library(commit) with
        {
            PackageType = "generic",
            Tool = null,
            Source = Source("data", commit) with { Subdirectory = "share" },
            Artifacts = [new SpecifiedArtifact("generic:words:1.0", ["generic/words/1.0/words.txt"])],
        };
        var (built, _) = await BuildAsync(specification, await PlanAsync(specification));
        Assert.Equal("one\ntwo\n", await File.ReadAllTextAsync(Assert.Single(built.Files).Path, Cancel));

        var windows = specification with { Environment = BuildEnvironment.Default with { Newline = "crlf" } };
        (built, _) = await BuildAsync(windows, await PlanAsync(windows));
        Assert.Equal("one\r\ntwo\r\n", await File.ReadAllTextAsync(Assert.Single(built.Files).Path, Cancel));

        var archived = specification with { Source = new BuildSource(SourceKind.Archive, $"{_git.Address}/data.tar.gz", await _git.ArchiveAsync("data", commit), null, "data/share") };
        var inputs = await PlanAsync(archived);
        Assert.Equal(1_700_000_000, inputs.OutputTimestamp);
        (built, _) = await BuildAsync(archived, inputs);
        Assert.Equal("one\ntwo\n", await File.ReadAllTextAsync(Assert.Single(built.Files).Path, Cancel));
        await FailsAsync(FailureReason.ToolNotAllowed, () => PlanAsync(archived with { Environment = windows.Environment }));
    }

    [Fact]
    public async Task Source_that_does_not_compile_or_a_test_that_fails_is_a_build_error_with_its_log()
    {
        var files = SampleProjects.Library();
        files["src/test/java/org/acme/LibTest.java"] = files["src/test/java/org/acme/LibTest.java"].Replace("aisryp", "wrong", StringComparison.Ordinal);
        var specification = Library(await _git.PublishAsync("lib", files));
        await FailsAsync(FailureReason.BuildError, () => PlanAsync(specification));
        Assert.Contains("expected:<[wrong]>", await File.ReadAllTextAsync(_directory[$"log-{_runs}"], Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dependency_that_nobody_verified_is_named()
    {
        var files = SampleProjects.Library();
        files["pom.xml"] = files["pom.xml"].Replace("<version>3.12.0</version>", "<version>9.9.9</version>", StringComparison.Ordinal);
        var failure = await FailsAsync(FailureReason.DependencyUnverified, async () => await PlanAsync(Library(await _git.PublishAsync("lib", files))));
        Assert.Contains("commons-lang3-9.9.9", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_range_is_refused_because_what_it_means_changes()
    {
        var files = SampleProjects.Library();
        files["pom.xml"] = files["pom.xml"].Replace("<version>3.12.0</version>", "<version>[3.0,4.0)</version>", StringComparison.Ordinal);
        var failure = await FailsAsync(FailureReason.DependencyUnverified, async () => await PlanAsync(Library(await _git.PublishAsync("lib", files))));
        Assert.Contains("give every dependency and plug-in its version", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_builder_does_not_run_is_refused_before_anything_is_fetched()
    {
        var specification = Library(new string('a', 40));
        foreach (var tool in new[]
                 {
                     specification.Tool! with { Name = "ant" }, specification.Tool! with { Version = "3.9.9" }, specification.Tool! with { Jdk = 21 }, specification.Tool! with { Goals = ["deploy", "exec:java"] }, specification.Tool! with { Options = ["--settings=/etc/passwd"] },
                     specification.Tool! with { Options = ["-Dmaven.ext.class.path=/x.jar"] }, specification.Tool! with { Options = ["-DaltDeploymentRepository=x::http://example.org"] },
                 })
            await FailsAsync(FailureReason.ToolNotAllowed, () => PlanAsync(specification with { Tool = tool }));
        await FailsAsync(FailureReason.ToolNotAllowed, () => PlanAsync(specification with { BuilderImage = Pyrsia.Contracts.Digest.Of("none"u8) }));
        await FailsAsync(FailureReason.ToolNotAllowed, () => PlanAsync(specification with { PackageType = "cargo" }));
    }

    [Fact]
    public async Task Trouble_with_the_source_is_told_apart()
    {
        var commit = await _git.PublishAsync("lib", SampleProjects.Library(), "v1.0");
        await FailsAsync(FailureReason.CommitNotFound, () => PlanAsync(Library(new string('1', 40))));
        await FailsAsync(FailureReason.TagMoved, () => PlanAsync(Library(commit) with { Source = Source("lib", commit) with { Tag = "v2.0" } }));
        await GitServer.GitAsync(_directory["git/lib-work"], "commit", "-q", "--allow-empty", "-m", "later");
        await GitServer.GitAsync(_directory["git/lib-work"], "push", "-q", _directory["git/lib.git"], "+HEAD:refs/tags/v1.0");
        await FailsAsync(FailureReason.TagMoved, () => PlanAsync(Library(commit) with { Source = Source("lib", commit) with { Tag = "v1.0" } }));
        await FailsAsync(FailureReason.SourceUnavailable, () => PlanAsync(Library(commit) with { Source = Source("nothing", commit) }));
        await FailsAsync(FailureReason.Denied, () => PlanAsync(Library(commit) with { Source = Source("lib", commit) with { Subdirectory = "absent" } }));
    }

    [Fact]
    public async Task A_source_with_submodules_or_a_link_that_leads_out_is_refused()
    {
        var link = await _git.PublishAsync("link", SampleProjects.Library(), prepare: work =>
        {
            File.CreateSymbolicLink(Path.Combine(work, "out"), "../../etc/passwd");
            return Task.CompletedTask;
        });
        Assert.Contains("out", (await FailsAsync(FailureReason.Denied, () => PlanAsync(Library(link) with { Source = Source("link", link) }))).Message, StringComparison.Ordinal);
        var submodule = await _git.PublishAsync("super", SampleProjects.Library(), prepare: work => GitServer.GitAsync(work, "clone", "-q", _directory["git/link.git"], "vendor"));
        var failure = await FailsAsync(FailureReason.Denied, () => PlanAsync(Library(submodule) with { Source = Source("super", submodule) }));
        Assert.Contains("submodules", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_that_is_larger_than_allowed_is_cut_off()
    {
        var commit = await _git.PublishAsync("huge", SampleProjects.Library(), prepare: async work =>
        {
            var noise = new byte[3 << 20];
            new Random(1).NextBytes(noise);
            await File.WriteAllBytesAsync(Path.Combine(work, "noise.bin"), noise, Cancel);
        });
        await FailsAsync(FailureReason.ResourceLimit, () => PlanAsync(Library(commit) with { Source = Source("huge", commit) }, new SourceLimits { TransferBytes = 1 << 20 }));
        await FailsAsync(FailureReason.ResourceLimit, () => PlanAsync(Library(commit) with { Source = Source("huge", commit) }, new SourceLimits { TreeBytes = 1 << 20 }));
    }

    [Fact]
    public async Task Outside_a_test_network_no_private_address_is_reached_not_even_by_a_redirect()
    {
        var commit = await _git.PublishAsync("lib", SampleProjects.Library());
        var strict = Builder(new SourceLimits(), allowPrivateNetworks: false);
        await FailsAsync(FailureReason.Denied, () => PlanAsync(Library(commit), builder: strict));
        var private_ = Library(commit) with { Source = Source("lib", commit) with { Url = "https://127.0.0.1/lib.git" } };
        Assert.Contains("no public address", (await FailsAsync(FailureReason.SourceUnavailable, () => PlanAsync(private_, builder: strict))).Message, StringComparison.Ordinal);
        var byName = private_ with { Source = private_.Source with { Url = "https://localhost/lib.git" } };
        Assert.Contains("no public address", (await FailsAsync(FailureReason.SourceUnavailable, () => PlanAsync(byName, builder: strict))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_differ_from_build_to_build_are_seen_as_such()
    {
        var commit = await _git.PublishAsync("random", SampleProjects.Random());
        var specification = Library(commit) with { Source = Source("random", commit) };
        var inputs = await PlanAsync(specification);
        var built = (await Task.WhenAll(BuildAsync(specification, inputs), BuildAsync(specification, inputs))).Select(b => b.Built.Files).ToArray();
        Assert.NotEqual(built[0][0].Digest, built[1][0].Digest);
        Assert.Equal(built[0][1].Digest, built[1][1].Digest);
    }

    private BuildSource Source(string name, string commit) => new(SourceKind.Git, $"{_git.Address}/{name}.git", commit, null, "");

    private BuildSpecification Library(string commit) => new(
        "maven", [Artifact("lib", "jar", "pom")], Source("lib", commit), new BuildTool("mvn", "3.8.7", 17, ["deploy"], ["-DforkCount=0"]), _image.Digest, BuildEnvironment.Default, null, null);

    private static SpecifiedArtifact Artifact(string name, params string[] extensions) =>
        new($"maven:org.acme:{name}:1.0", [.. extensions.Select(e => $"org/acme/{name}/1.0/{name}-1.0.{e}")]);

    private SourceBuilder Builder(SourceLimits limits, bool allowPrivateNetworks = true) => new(
        new BuilderImageStore(BuilderImages.Directory), _sandbox, new SourceFetcher(_sandbox, limits, allowPrivateNetworks, TimeProvider.System), new SandboxLimits());

    private async Task<BuildInputs> PlanAsync(BuildSpecification specification, SourceLimits? limits = null, SourceBuilder? builder = null)
    {
        var (folder, log) = Begin();
        using (log) return await (builder ?? Builder(limits ?? new SourceLimits())).PlanAsync(specification, _repository, folder, log, Cancel);
    }

    private async Task<(BuiltFiles Built, string Log)> BuildAsync(BuildSpecification specification, BuildInputs inputs)
    {
        var (folder, log) = Begin();
        using (log) return (await Builder(new SourceLimits()).BuildAsync(specification, inputs, _repository, folder, log, Cancel), await File.ReadAllTextAsync(log.Path, Cancel));
    }

    private (string Folder, BuildLog Log) Begin()
    {
        var run = Interlocked.Increment(ref _runs);
        return (Directory.CreateDirectory(_directory[string.Create(CultureInfo.InvariantCulture, $"run-{run}")]).FullName, new BuildLog(_directory[$"log-{run}"]));
    }

    private static async Task<BuildFailureException> FailsAsync(FailureReason reason, Func<Task> run)
    {
        var failure = await Assert.ThrowsAsync<BuildFailureException>(run);
        Assert.True(reason == failure.Reason, $"{failure.Reason}: {failure.Message}");
        return failure;
    }
}
