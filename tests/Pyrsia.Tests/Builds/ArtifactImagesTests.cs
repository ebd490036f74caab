using System.Formats.Tar;
using System.Text.Json;
using Pyrsia.Builds;
using Pyrsia.Builds.Assembling;
using Pyrsia.Builds.Outputs;
using Pyrsia.Builds.Repositories;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Builds;

/// <summary>Images that are put together of an artifact's files, which come from a node by the paths of its routes.</summary>
public sealed class ArtifactImagesTests : IDisposable
{
    private const string Jar = "org/acme/lib/1.0/lib-1.0.jar";
    private const long Time = 1_700_000_000;

    private readonly TemporaryDirectory _directory = new();
    private readonly ServedFiles _node = new();
    private int _runs;

    public ArtifactImagesTests()
    {
        _node.Files[$"maven2/{Jar}"] = "a jar"u8.ToArray();
        _node.Files["generic/words/1.0/words"] = "#!/bin/sh"u8.ToArray();
        var layer = LayerSamples.Layer(LayerSamples.Directory("usr/"), LayerSamples.Directory("usr/bin/"), LayerSamples.File("usr/bin/java", "java", 0x1ed), LayerSamples.Link(TarEntryType.SymbolicLink, "bin", "usr/bin"));
        var config = LayerSamples.Config(new { Env = new[] { "PATH=/usr/bin", "LANG=C" }, Cmd = new[] { "sh" }, User = "app" }, layer);
        var manifest = JsonSerializer.SerializeToUtf8Bytes(new
        {
            schemaVersion = 2,
            mediaType = MediaTypes.OciManifest,
            config = new { mediaType = MediaTypes.OciConfig, digest = LayerSamples.Sha(config), size = config.Length },
            layers = new[] { new { mediaType = MediaTypes.OciLayer, digest = LayerSamples.Sha(layer), size = layer.Length } },
        });
        const string name = "v2/docker.io/library/base";
        (_node.Files[$"{name}/manifests/1"], _node.Files[$"{name}/manifests/{LayerSamples.Sha(manifest)}"]) = (manifest, manifest);
        (_node.Files[$"{name}/blobs/{LayerSamples.Sha(config)}"], _node.Files[$"{name}/blobs/{LayerSamples.Sha(layer)}"]) = (config, layer);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    private static BuildSpecification Of(string coordinate, byte[] main, ImageAssembly assembly) => SourceBuilds.Specification with
    {
        PackageType = "docker",
        Tool = null,
        Artifacts = [new SpecifiedArtifact("docker:docker.io/acme/app:1.0", new DockerNames().OutputsOf("docker.io/acme/app:1.0"))],
        Source = new BuildSource(SourceKind.Artifact, coordinate, Digest.Of(main).Hex, null, ""),
        Assembly = assembly,
    };

    private BuildSpecification OfJar(string path = "app/lib.jar", string? below = "docker.io/library/base:1") => Of(SourceBuilds.Lib, _node.Files[$"maven2/{Jar}"], new ImageAssembly(below is null ? null : ImageReference.Parse(below), [new PlacedFile(Jar, path, false)])
    {
        Entrypoint = ["java", "-jar", "/app/lib.jar"],
        Environment = ["LANG=de", "MODE=fast"],
        WorkingDirectory = "/app",
    });

    private ArtifactImages Images(long outputBytes = 1 << 20) => new(_node, new SandboxLimits { OutputBytes = outputBytes });

    private string Folder() => Directory.CreateDirectory(_directory[$"run-{++_runs}"]).FullName;

    private async Task<IReadOnlyList<OutputFile>> BuildAsync(BuildSpecification specification, DependencyLock? files = null, long outputBytes = 1 << 20)
    {
        files ??= await Images().PlanAsync(specification, Folder(), Cancel);
        using var log = new BuildLog(_directory[$"log-{_runs}"]);
        return await Images(outputBytes).BuildAsync(specification, new BuildInputs(Time, files), Folder(), log, Cancel);
    }

    private async Task<BuildFailureException> FailsAsync(BuildSpecification specification, FailureReason reason, DependencyLock? files = null, long outputBytes = 1 << 20)
    {
        var e = await Assert.ThrowsAsync<BuildFailureException>(() => BuildAsync(specification, files, outputBytes));
        Assert.Equal(reason, e.Reason);
        return e;
    }

    private static async Task<string> TextAsync(IReadOnlyList<OutputFile> files, string name) => await File.ReadAllTextAsync(files.Single(f => f.Name.EndsWith(name, StringComparison.Ordinal)).Path, Cancel);

    [Fact]
    public async Task Two_builders_who_have_the_same_files_make_the_same_image_on_a_base_that_stays_as_it_is()
    {
        var specification = OfJar();
        var plan = await Images().PlanAsync(specification, Folder(), Cancel);
        Assert.Equal([Jar, "docker.io/library/base:1/config", "docker.io/library/base:1/layers/000", "docker.io/library/base:1/manifest"], plan.Files.Select(f => f.Path).Order(StringComparer.Ordinal).OrderBy(p => p != Jar));
        var (one, other) = (await BuildAsync(specification, plan), await BuildAsync(specification));
        Assert.Equal(one.Select(f => (f.Name, f.Digest)), other.Select(f => (f.Name, f.Digest)));
        Assert.True(specification.AreOutputs([.. one.Select(f => (f.Name, f.Digest))]));
        Assert.Contains(one, f => f.Name.EndsWith($"layers/{plan.Files.Single(l => l.Path.EndsWith("layers/000", StringComparison.Ordinal)).Digest.Hex}.tar", StringComparison.Ordinal));
        Assert.Contains(
            """"config":{"Entrypoint":["java","-jar","/app/lib.jar"],"Env":["PATH=/usr/bin","LANG=de","MODE=fast"],"User":"app","WorkingDir":"/app"},"created":"2023-11-14T22:13:20Z"""", await TextAsync(one, "config.json"),
            StringComparison.Ordinal);
        await using var layer = File.OpenRead(one.Last(f => f.Name.EndsWith(".tar", StringComparison.Ordinal)).Path);
        using var tar = new System.Formats.Tar.TarReader(layer);
        var entries = new List<(string, int)>();
        while (tar.GetNextEntry() is { } entry) entries.Add((entry.Name, (int)entry.Mode));
        Assert.Equal([("app/", 0x1ed), ("app/lib.jar", 0x1a4)], entries);
    }

    [Fact]
    public async Task A_program_alone_makes_an_image_on_nothing()
    {
        var files = await BuildAsync(Of("generic:words:1.0", _node.Files["generic/words/1.0/words"], new ImageAssembly(null, [new PlacedFile("generic/words/1.0/words", "words", true)]) { Entrypoint = ["/words"] }));
        Assert.Single(files, f => f.Name.EndsWith(".tar", StringComparison.Ordinal));
        await using var layer = File.OpenRead(files.Single(f => f.Name.EndsWith(".tar", StringComparison.Ordinal)).Path);
        using var tar = new System.Formats.Tar.TarReader(layer);
        Assert.Equal(("words", 0x1ed), tar.GetNextEntry() is { } entry ? (entry.Name, (int)entry.Mode) : default);
        Assert.Null(tar.GetNextEntry());
    }

    [Fact]
    public async Task What_the_log_does_not_have_goes_into_no_image()
    {
        var specification = OfJar();
        var plan = await Images().PlanAsync(specification, Folder(), Cancel);
        await FailsAsync(OfJar(below: "docker.io/library/other:1"), FailureReason.DependencyUnverified);
        await FailsAsync(specification, FailureReason.DependencyUnverified, DependencyLock.Of(plan.Files.Where(f => f.Path != Jar)));
        await FailsAsync(specification, FailureReason.DependencyUnverified, DependencyLock.Of(plan.Files.Where(f => f.Path == Jar)));

        // The name answers with other bytes now: neither those that were planned nor those that the mapping's approvers saw.
        _node.Files[$"maven2/{Jar}"] = "another jar"u8.ToArray();
        Assert.Contains("was to be", (await FailsAsync(specification, FailureReason.DependencyUnverified, plan)).Message, StringComparison.Ordinal);
        Assert.Contains("that the source names", (await FailsAsync(specification, FailureReason.Denied)).Message, StringComparison.Ordinal);
        _node.Files.Remove($"maven2/{Jar}");
        await FailsAsync(specification, FailureReason.DependencyUnverified);
    }

    [Theory]
    [InlineData("bin/lib.jar", "no directory")]
    [InlineData("usr", "where a directory is")]
    [InlineData("app/.wh.x", "which deletes")]
    public async Task A_file_that_would_hide_what_the_base_has_is_refused(string path, string message) =>
        Assert.Contains(message, (await FailsAsync(OfJar(path), FailureReason.Denied)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Files_that_are_too_large_together_are_refused() => await FailsAsync(OfJar(), FailureReason.ResourceLimit, outputBytes: 4);

    /// <summary>What a node serves, in memory.</summary>
    private sealed class ServedFiles : IRepository
    {
        public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

        public async Task<RepositoryAnswer> GetAsync(string path, Stream into, CancellationToken cancellationToken)
        {
            if (!Files.TryGetValue(path, out var bytes)) return RepositoryAnswer.NotFound;
            await into.WriteAsync(bytes, cancellationToken);
            return RepositoryAnswer.Found;
        }
    }
}
