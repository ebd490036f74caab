using System.Runtime.InteropServices;
using Pyrsia.Builds.Assembling;
using Pyrsia.Builds.Dockerfiles;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Outputs;
using Pyrsia.Builds.Packages;
using Pyrsia.Builds.Repositories;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Builds.Sources;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds;

/// <summary>What a build is made with, once it is known.</summary>
/// <param name="OutputTimestamp">The time in what is made, in seconds since 1970.</param>
/// <param name="Lock">Every file that the build may use.</param>
public sealed record BuildInputs(long OutputTimestamp, DependencyLock Lock);

/// <summary>What was built.</summary>
/// <param name="Files">The files that the specification names, by output name.</param>
/// <param name="Packages">The list of packages in the builder image, as JSON.</param>
public sealed record BuiltFiles(IReadOnlyList<OutputFile> Files, byte[] Packages);

/// <summary>
/// Builds from source, in two passes: the first finds out what the build uses, through the one repository it can reach; the second has these files, the source and
/// nothing else, and its outputs count. Both run in a sandbox.
/// </summary>
/// <param name="images">The builder images of this machine.</param>
/// <param name="sandbox">Where builds run.</param>
/// <param name="fetcher">Where source comes from.</param>
/// <param name="limits">What a build may use.</param>
public sealed class SourceBuilder(BuilderImageStore images, ISandbox sandbox, SourceFetcher fetcher, SandboxLimits limits)
{
    private const string RepositoryMount = "repository";
    private const string RepositoryFolderName = "repository";

    /// <summary>Opens what builds Dockerfiles on this machine; null where nothing does.</summary>
    public Func<CancellationToken, Task<IImageBuilder>>? OpenImageBuilder { get; init; }

    /// <summary>The sandbox and this machine, as provenance names them.</summary>
    public (string Sandbox, string Platform) Surroundings => (sandbox.Name, $"{RuntimeInformation.RuntimeIdentifier}/{Environment.OSVersion.Version}");

    /// <summary>Why this builder does not build a specification; null when it does.</summary>
    public string? Refusal(BuildSpecification specification)
    {
        ArgumentNullException.ThrowIfNull(specification);
        if (PackageTypes.Find(specification.PackageType) is not { } type) return $"no package type '{specification.PackageType}' is built here; there are {string.Join(", ", PackageTypes.Built)}";
        if (specification.Artifacts.FirstOrDefault(a => PackageNames.Split(a.Coordinate)?.Names.Type != type.Names.Type) is { } other)
            return $"{other.Coordinate} is no {type.Names.Type} package, such as {type.Names.Type}:{type.Names.Example}";
        if ((specification.Dockerfile ?? (object?)specification.Assembly) is null == type.BuildsImages || specification is { Dockerfile: not null, Assembly: not null })
            return type.BuildsImages ? "an image is built of a Dockerfile or of an artifact, which the specification says" : "a Dockerfile and an assembly make images, and nothing else";
        if (specification is { Source.Kind: SourceKind.Archive, Environment.Newline: not "lf" }) return "an archive's files are built as they are, with the line ends that they have";
        return images.Find(specification.BuilderImage) is { } image ? type.Refusal(specification, images.Packages(image)) : $"the builder image {specification.BuilderImage} is not on this machine";
    }

    /// <summary>The first pass: fetches the source and finds out what the build uses.</summary>
    /// <param name="specification">What to build.</param>
    /// <param name="node">Where dependencies come from, by the paths of a node.</param>
    /// <param name="folder">An empty private folder.</param>
    /// <param name="log">Takes what is said on the way.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BuildFailureException">It cannot be built, or not by this builder.</exception>
    public async Task<BuildInputs> PlanAsync(BuildSpecification specification, IRepository node, string folder, BuildLog log, CancellationToken cancellationToken)
    {
        var (type, image) = Find(specification);
        if (specification.Assembly is not null) return new BuildInputs(specification.OutputTimestamp ?? 0, await new ArtifactImages(node, limits).PlanAsync(specification, folder, cancellationToken).ConfigureAwait(false));
        var tree = await fetcher.FetchAsync(specification.Source, specification.Environment.Newline, image, folder, log, cancellationToken).ConfigureAwait(false);
        var timestamp = specification.OutputTimestamp ?? tree.TimeSeconds;
        if (type.BuildsImages) return new BuildInputs(timestamp, await DockerfileBuilds.PlanAsync(specification, tree, RepositoryBelow.Registry(node), folder, cancellationToken).ConfigureAwait(false));
        if (type.Step(specification, new Uri($"http://127.0.0.1:{SandboxLayout.Port}/"), timestamp) is not { } step) return new BuildInputs(timestamp, DependencyLock.Empty);

        log.Say("first pass: finding out what the build uses");
        var used = new RepositoryFolder(RepositoryBelow.Files(node, type.Names), Path.Combine(folder, RepositoryFolderName), cancellationToken);
        var socket = Path.Combine(folder, "repository.sock");
        await using var server = await RecordingServer.StartAsync(used, socket, cancellationToken).ConfigureAwait(false);
        var result = await RunAsync(specification, image, tree, step, folder, log, run => run with { Socket = socket }, cancellationToken).ConfigureAwait(false);
        if (used.Count > DependencyLock.MaxFiles) throw new BuildFailureException(FailureReason.ResourceLimit, $"The build uses more than {DependencyLock.MaxFiles} files.");
        if (result.Succeeded) return new BuildInputs(timestamp, used.Lock);
        if (server.AskedForMetadata) throw new BuildFailureException(FailureReason.DependencyUnverified, "The build asks which versions there are; give every dependency and plug-in its version.");
        throw used.Missing is { Count: > 0 } missing
            ? new BuildFailureException(FailureReason.DependencyUnverified, $"The log has not verified {missing.Count} files that the build wants, among them {string.Join(", ", missing.Take(3))}.")
            : Failure(result);
    }

    /// <summary>The second pass: builds with the agreed inputs and nothing else.</summary>
    /// <param name="specification">What to build.</param>
    /// <param name="inputs">What to build it with.</param>
    /// <param name="node">Where the locked files come from, by the paths of a node.</param>
    /// <param name="folder">An empty private folder; the outputs are left in it.</param>
    /// <param name="log">Takes what is said on the way.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BuildFailureException">It cannot be built, or not by this builder.</exception>
    public async Task<BuiltFiles> BuildAsync(BuildSpecification specification, BuildInputs inputs, IRepository node, string folder, BuildLog log, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var (type, image) = Find(specification);
        var packages = PackageList.ToJson(images.Packages(image));
        if (specification.Assembly is not null) return new BuiltFiles(await new ArtifactImages(node, limits).BuildAsync(specification, inputs, folder, log, cancellationToken).ConfigureAwait(false), packages);
        var tree = await fetcher.FetchAsync(specification.Source, specification.Environment.Newline, image, folder, log, cancellationToken).ConfigureAwait(false);
        if (type.BuildsImages) return new BuiltFiles(await BuildImageAsync(specification, tree, inputs, RepositoryBelow.Registry(node), folder, log, cancellationToken).ConfigureAwait(false), packages);
        var closed = new RepositoryFolder(RepositoryBelow.Files(node, type.Names), Path.Combine(folder, RepositoryFolderName), cancellationToken);
        await closed.FillAsync(inputs.Lock).ConfigureAwait(false);
        if (type.Step(specification, new Uri($"file://{SandboxLayout.Mounts}/{RepositoryMount}"), inputs.OutputTimestamp) is not { } step) return new BuiltFiles(TakeFromSource(specification, tree), packages);

        log.Say($"second pass: building with {inputs.Lock.Files.Length} locked files and no way out");
        var result = await RunAsync(
            specification, image, tree, step, folder, log, run => run with { Mounts = [.. run.Mounts, new SandboxMount(RepositoryMount, closed.Folder)] }, cancellationToken).ConfigureAwait(false);
        if (!result.Succeeded) throw Failure(result);
        return new BuiltFiles(await CollectAsync(specification, type, result, Path.Combine(folder, "outputs"), log, cancellationToken).ConfigureAwait(false), packages);
    }

    private (IPackageType Type, BuilderImage Image) Find(BuildSpecification specification) => Refusal(specification) is { } refusal
        ? throw new BuildFailureException(FailureReason.ToolNotAllowed, $"Not built here: {refusal}.")
        : (PackageTypes.Find(specification.PackageType)!, images.Find(specification.BuilderImage)!);

    private async Task<IReadOnlyList<OutputFile>> BuildImageAsync(BuildSpecification specification, SourceTree tree, BuildInputs inputs, IRepository registry, string folder, BuildLog log, CancellationToken cancellationToken)
    {
        if (OpenImageBuilder is null) throw new BuildFailureException(FailureReason.ToolNotAllowed, "Nothing on this machine builds Dockerfiles.");
        var builder = await OpenImageBuilder(cancellationToken).ConfigureAwait(false);
        using (builder as IDisposable) return await new DockerfileBuilds(builder, limits).BuildAsync(specification, tree, inputs, registry, folder, log, cancellationToken).ConfigureAwait(false);
    }

    private async Task<SandboxResult> RunAsync(
        BuildSpecification specification, BuilderImage image, SourceTree tree, BuildStep step, string folder, BuildLog log, Func<SandboxRun, SandboxRun> change, CancellationToken cancellationToken)
    {
        var files = Directory.CreateDirectory(Path.Combine(folder, "files")).FullName;
        foreach (var (name, content) in step.Files) await File.WriteAllTextAsync(Path.Combine(files, name), content, cancellationToken).ConfigureAwait(false);
        await using var source = await ArchiveAsync(tree, Path.Combine(folder, "input.tar"), cancellationToken).ConfigureAwait(false);
        var environment = specification.Environment;
        var run = new SandboxRun
        {
            Image = image,
            Command = step.Command,
            Input = source,
            OutputPath = Path.Combine(folder, "output.tar"),
            OnLog = log.Write,
            Mounts = [new SandboxMount(BuildStep.FilesMount, files)],
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["LC_ALL"] = environment.Locale, ["TZ"] = environment.TimeZone },
            Umask = Convert.ToInt32(environment.Umask, 8),
            Limits = limits,
        };
        return await sandbox.RunAsync(change(run), cancellationToken).ConfigureAwait(false);
    }

    private static async Task<FileStream> ArchiveAsync(SourceTree tree, string path, CancellationToken cancellationToken)
    {
        var archive = new FileStream(path, FileMode.Create, FileAccess.ReadWrite);
        try
        {
            await SourceArchive.WriteAsync(tree.Directory, archive, DateTimeOffset.FromUnixTimeSeconds(tree.TimeSeconds), SourceRules, cancellationToken).ConfigureAwait(false);
            archive.Position = 0;
            return archive;
        }
        catch (SourceRefusedException e)
        {
            await archive.DisposeAsync().ConfigureAwait(false);
            throw new BuildFailureException(FailureReason.Denied, e.Message, e);
        }
        catch
        {
            await archive.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The fetcher has looked at the tree already, with limits of its own.</summary>
    private static OutputRules SourceRules { get; } = new() { MaxEntries = int.MaxValue, MaxBytes = long.MaxValue, InnerLinks = true };

    private async Task<IReadOnlyList<OutputFile>> CollectAsync(BuildSpecification specification, IPackageType type, SandboxResult result, string folder, BuildLog log, CancellationToken cancellationToken)
    {
        await using var tar = File.OpenRead(result.OutputPath);
        var reading = await OutputArchive.ExtractAsync(tar, folder, new OutputRules { MaxBytes = limits.OutputBytes }, cancellationToken).ConfigureAwait(false);
        if (reading.Refusal is { } refusal) throw new BuildFailureException(FailureReason.OutputRefused, $"What the build made has an entry that is not taken ({refusal}): {reading.Entry}");
        var wanted = specification.Outputs.ToHashSet(StringComparer.Ordinal);
        foreach (var extra in reading.Files.Where(f => !wanted.Contains(f.Name) && !type.IsVolatile(f.Name))) log.Say($"made and not in the specification: {extra.Name}");
        return Complete(specification, [.. reading.Files.Where(f => wanted.Contains(f.Name))]);
    }

    private static IReadOnlyList<OutputFile> TakeFromSource(BuildSpecification specification, SourceTree tree)
    {
        var root = Path.Combine(tree.Directory, specification.Source.Subdirectory);
        var found = new List<OutputFile>();
        foreach (var artifact in specification.Artifacts)
        {
            var folder = Coordinate.OutputFolder(artifact.Coordinate)!;
            foreach (var name in artifact.Outputs)
            {
                var file = new FileInfo(Path.Combine(root, name[folder.Length..]));
                if (!file.Exists || file.LinkTarget is not null) continue;
                using var content = file.OpenRead();
                found.Add(new OutputFile(name, file.FullName, file.Length, new Digest(System.Security.Cryptography.SHA256.HashData(content)), false));
            }
        }
        return Complete(specification, found);
    }

    private static IReadOnlyList<OutputFile> Complete(BuildSpecification specification, IReadOnlyList<OutputFile> files) =>
        specification.Outputs.Except(files.Select(f => f.Name), StringComparer.Ordinal).ToArray() is { Length: > 0 } missing
            ? throw new BuildFailureException(FailureReason.OutputRefused, $"The build did not make {string.Join(", ", missing)}.")
            : files;

    private static BuildFailureException Failure(SandboxResult result) => result.Outcome switch
    {
        SandboxOutcome.TimedOut => new BuildFailureException(FailureReason.TimedOut, $"The build ran longer than {result.Duration.TotalMinutes:0} minutes."),
        SandboxOutcome.OutOfMemory => new BuildFailureException(FailureReason.ResourceLimit, "The build wanted more memory than a builder gives."),
        SandboxOutcome.LogLimit => new BuildFailureException(FailureReason.ResourceLimit, "The build's log grew beyond what a builder keeps."),
        SandboxOutcome.OutputLimit => new BuildFailureException(FailureReason.ResourceLimit, "What the build made is larger than a builder takes."),
        _ => new BuildFailureException(FailureReason.BuildError, $"The build ended with exit code {result.ExitCode}; its log says why."),
    };
}
