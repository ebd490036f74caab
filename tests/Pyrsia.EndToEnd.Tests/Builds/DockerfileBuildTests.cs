using System.Text.Json.Nodes;
using Pyrsia.Builds;
using Pyrsia.Builds.Dockerfiles;
using Pyrsia.Builds.Outputs;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Builds.Sources;
using Pyrsia.Contracts;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>Dockerfiles built by a real engine, both of its builders, and by buildah: the image is the same, and what misbehaves fails alike.</summary>
[Collection(nameof(DockerCollection))]
public sealed class DockerfileBuildTests(DockerFixture docker) : IDisposable
{
    private const long Time = 1_700_000_000;

    private readonly TemporaryDirectory _directory = new();
    private int _builds;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    public static TheoryData<string, string> Samples => new()
    {
        {
            "server",
            """
            ARG BASE=base
            FROM ${BASE}:1
            ARG SOURCE_DATE_EPOCH
            ENV GREETING=hello LANG=C.UTF-8
            WORKDIR /srv/app
            COPY --chown=1000:1000 app/ .
            # What a build does to a base: adds, changes, deletes, links and leaves alone.
            RUN mkdir -p /var/log/app && echo "$SOURCE_DATE_EPOCH" > stamp && ln stamp stamp2 && ln -s stamp stamp3 \
                && echo app:x:1000:1000::/srv/app:/bin/sh >> /etc/passwd \
                # a word between
                && rm -r /usr/share/doc && chmod 700 /tmp && chmod 1777 /tmp
            EXPOSE 8080
            USER 1000
            LABEL b=2 a=1
            ENTRYPOINT ["/bin/sh", "-c", "cat /srv/app/text && echo $GREETING && cat stamp3"]
            """
        },
        {
            "stages",
            """
            FROM base:1 AS build
            COPY . /src
            RUN cat /src/app/text > /out && mkdir -p /tree/a/b && echo deep > /tree/a/b/c
            FROM build AS again
            RUN echo more >> /out
            FROM base:1
            COPY --from=again /out /opt/out
            COPY --from=0 /tree /opt/tree
            CMD cat /opt/out /opt/tree/a/b/c
            """
        },
        {
            "scratch",
            """
            FROM base:1 AS build
            RUN mkdir -p /root-of/bin && ln /bin/busybox /root-of/bin/cat && echo from nothing > /root-of/text
            FROM scratch
            COPY --from=build /root-of /
            CMD ["/bin/cat", "/text"]
            """
        },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task An_engine_and_buildah_build_the_same_image(string name, string dockerfile)
    {
        var before = await ImagesAsync();
        var registry = Registry();
        var specification = Specification(name);
        var plan = new BuildInputs(Time, await DockerfileBuilds.PlanAsync(specification, Source(dockerfile), registry, _directory["plan"], Cancel));
        Assert.Contains("docker.io/library/base:1/manifest", plan.Lock.Files.Select(f => f.Path));
        var classic = await BuildAsync(await EngineAsync(EngineBuilder.Classic), specification, dockerfile, plan, registry);
        var buildah = await BuildAsync(await BuildahImageBuilder.OpenAsync(TimeProvider.System, Cancel), specification, dockerfile, plan, registry);
        await SameAsync(classic, buildah);
        await SameAsync(classic, await BuildAsync(await EngineAsync(EngineBuilder.BuildKit), specification, dockerfile, plan, registry));

        Assert.Equal(before, await ImagesAsync());
        var list = JsonNode.Parse(await File.ReadAllTextAsync(classic.Single(f => f.Name.EndsWith(DockerNames.PackagesName, StringComparison.Ordinal)).Path, Cancel))!;
        Assert.Equal(name == "scratch" ? 0 : 1, list["components"]!.AsArray().Count);
        if (name != "scratch") Assert.Equal("pkg:deb/busybox-static@1%3A1.35.0-4?arch=amd64", (string?)list["components"]![0]!["purl"]);
    }

    public static TheoryData<string, string, FailureReason> Failing => new()
    {
        { "RUN wget -T 2 http://192.0.2.1/", "its log says why", FailureReason.BuildError },
        { "RUN exit 3", "its log says why", FailureReason.BuildError },
        { "COPY missing /", "its log says why", FailureReason.BuildError },
        { "RUN while :; do echo 0123456789012345678901234567890123456789 >> /tmp/big || exit 9; done", "its log says why", FailureReason.BuildError },
        { "RUN cat /bin/busybox /bin/busybox /bin/busybox > /a && cat /a > /b", "over its base", FailureReason.ResourceLimit },
        { "COPY . /src\nRUN while :; do :; done", "ran longer than", FailureReason.TimedOut },
    };

    [Theory]
    [MemberData(nameof(Failing))]
    public async Task What_a_dockerfile_may_not_do_fails_with_its_reason_in_all(string instruction, string message, FailureReason reason)
    {
        var before = await ImagesAsync();
        var registry = Registry();
        var (specification, dockerfile) = (Specification("failing"), $"FROM base:1\n{instruction}\n");
        var plan = new BuildInputs(Time, await DockerfileBuilds.PlanAsync(specification, Source(dockerfile), registry, _directory["plan"], Cancel));
        var limits = new SandboxLimits { OutputBytes = 8 << 20, WallClock = TimeSpan.FromSeconds(reason == FailureReason.TimedOut ? 4 : 60) };
        var builders = new List<IImageBuilder> { await EngineAsync(EngineBuilder.Classic), await BuildahImageBuilder.OpenAsync(TimeProvider.System, Cancel) };
        // BuildKit holds a build to no size of a file: an endless one is ended by the clock or the watch on the disk.
        if (!instruction.Contains("> /tmp/big", StringComparison.Ordinal)) builders.Add(await EngineAsync(EngineBuilder.BuildKit));
        foreach (var builder in builders)
        {
            var e = await Assert.ThrowsAsync<BuildFailureException>(() => BuildAsync(builder, specification, dockerfile, plan, registry, limits));
            Assert.True(e.Reason == reason, $"{builder.Name}: {e.Reason}: {e.Message}");
            Assert.Contains(message, e.Message, StringComparison.Ordinal);
        }
        Assert.Equal("", (await docker.Engine.DockerAsync("ps", "-aq")).Output.Trim());
        Assert.Equal(before, await ImagesAsync());
    }

    [Fact]
    public async Task A_base_that_the_log_does_not_have_is_not_built_on()
    {
        var e = await Assert.ThrowsAsync<BuildFailureException>(() => DockerfileBuilds.PlanAsync(Specification("x"), Source("FROM other:1\n"), Registry(), _directory["plan"], Cancel));
        Assert.Equal(FailureReason.DependencyUnverified, e.Reason);
        e = await Assert.ThrowsAsync<BuildFailureException>(() => DockerfileBuilds.PlanAsync(Specification("x") with { Dockerfile = "Other" }, Source("FROM base:1\n"), Registry(), _directory["plan"], Cancel));
        Assert.Contains("has no Other", e.Message, StringComparison.Ordinal);
    }

    /// <summary>What no name holds in the engine, which other tests share.</summary>
    private async Task<string> ImagesAsync() => (await docker.Engine.DockerAsync("images", "--quiet", "--no-trunc", "--filter", "dangling=true")).Output;

    private LayoutRegistry Registry()
    {
        if (!Directory.Exists(_directory["images"])) TestImages.AddBase(new OciLayout(_directory["images"]), _directory);
        return new LayoutRegistry(_directory["images"]);
    }

    private async Task<EngineImageBuilder> EngineAsync(EngineBuilder builder) => await EngineImageBuilder.OpenAsync(docker.Engine.SocketPath, builder, TimeProvider.System, Cancel);

    private SourceTree Source(string dockerfile)
    {
        var tree = Directory.CreateDirectory(_directory[$"source-{++_builds}"]).FullName;
        File.WriteAllText(Path.Combine(tree, "Dockerfile"), dockerfile);
        File.WriteAllText(Path.Combine(tree, ".dockerignore"), "**/*.secret\n");
        Directory.CreateDirectory(Path.Combine(tree, "app", "inner"));
        File.WriteAllText(Path.Combine(tree, "app", "text"), "from source\n");
        File.WriteAllText(Path.Combine(tree, "app", "inner", "key.secret"), "secret");
        File.CreateSymbolicLink(Path.Combine(tree, "app", "link"), "text");
        return new SourceTree(tree, Time);
    }

    private async Task<IReadOnlyList<OutputFile>> BuildAsync(IImageBuilder builder, BuildSpecification specification, string dockerfile, BuildInputs plan, LayoutRegistry registry, SandboxLimits? limits = null)
    {
        var source = Source(dockerfile);
        var folder = Directory.CreateDirectory(_directory[$"build-{_builds}"]).FullName;
        using var log = new BuildLog(_directory[$"log-{_builds}"]);
        try
        {
            using (builder as IDisposable) return await new DockerfileBuilds(builder, limits ?? new SandboxLimits()).BuildAsync(specification, source, plan, registry, folder, log, Cancel);
        }
        finally
        {
            TestContext.Current.TestOutputHelper!.WriteLine(await ReadAsync(log.Path));
        }
    }

    private static async Task<string> ReadAsync(string path)
    {
        using var log = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return await log.ReadToEndAsync(Cancel);
    }

    private static BuildSpecification Specification(string name) => new(
        "docker", [new SpecifiedArtifact($"docker:docker.io/acme/{name}:1", new DockerNames().OutputsOf($"docker.io/acme/{name}:1"))], new BuildSource(SourceKind.Git, "https://git.example.org/x.git", new string('a', 40), null, ""), null,
        Digest.Of([1]), BuildEnvironment.Default, null, null)
    { Dockerfile = "Dockerfile" };

    private static async Task SameAsync(IReadOnlyList<OutputFile> one, IReadOnlyList<OutputFile> other)
    {
        if (one.Select(f => (f.Name, f.Digest)).SequenceEqual(other.Select(f => (f.Name, f.Digest)))) return;
        var said = new List<string>();
        foreach (var files in new[] { one, other })
        {
            foreach (var file in files.Where(f => f.Name.EndsWith(".json", StringComparison.Ordinal))) said.Add(await File.ReadAllTextAsync(file.Path, Cancel));
            foreach (var file in files.Where(f => f.Name.EndsWith(".tar", StringComparison.Ordinal))) said.Add((await Command.RunAsync("tar", ["--numeric-owner", "--full-time", "-tvf", file.Path])).Output);
        }
        Assert.Fail(string.Join('\n', said));
    }
}
