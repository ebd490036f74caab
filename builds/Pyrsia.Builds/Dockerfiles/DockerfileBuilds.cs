using System.Globalization;
using Pyrsia.Builds.Assembling;
using Pyrsia.Builds.Docker;
using Pyrsia.Builds.Outputs;
using Pyrsia.Builds.Repositories;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Builds.Sources;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Dockerfiles;

/// <summary>
/// Both passes of an image's build: finding out which images the Dockerfile stands on, and building it on exactly these. Whatever program builds it, the image is put together here, so that all builders
/// give the same bytes.
/// </summary>
/// <param name="builder">What builds.</param>
/// <param name="limits">What a build may use.</param>
internal sealed class DockerfileBuilds(IImageBuilder builder, SandboxLimits limits)
{
    /// <summary>The repository under which programs that build find bases. Names below <c>invalid</c> exist nowhere (RFC 6761), so that none is ever fetched.</summary>
    private const string BaseRepository = "pyrsia.invalid/base";

    private static readonly ImageLimits Images = new();

    /// <summary>The base images that a source's Dockerfile names, as the log has them.</summary>
    /// <exception cref="BuildFailureException">It is no Dockerfile that is built, or its bases are not verified.</exception>
    internal static Task<DependencyLock> PlanAsync(BuildSpecification specification, SourceTree tree, IRepository registry, string folder, CancellationToken cancellationToken)
    {
        var file = Read(specification, ContextOf(specification, tree));
        return new BaseImages(registry, BasesOf(folder), Images).ResolveAsync(file.Bases, ImageConfig.MachineArchitecture, cancellationToken);
    }

    /// <summary>Builds the image.</summary>
    /// <returns>Its pieces, by the names that outputs of images have.</returns>
    /// <exception cref="BuildFailureException">It does not build, or not here.</exception>
    internal async Task<IReadOnlyList<OutputFile>> BuildAsync(BuildSpecification specification, SourceTree tree, BuildInputs inputs, IRepository registry, string folder, BuildLog log, CancellationToken cancellationToken)
    {
        var context = ContextOf(specification, tree);
        var file = Read(specification, context);
        var images = new BaseImages(registry, BasesOf(folder), Images);
        var bases = new Dictionary<ImageReference, BaseImage>();
        foreach (var name in file.Bases) bases[name] = await images.FetchAsync(inputs.Lock, name, cancellationToken).ConfigureAwait(false);
        log.Say($"building {specification.Dockerfile} with {builder.Name}, no network, on {(bases.Count == 0 ? "nothing" : string.Join(", ", bases.Keys))}");
        var archive = Path.Combine(folder, "image.tar");
        var time = DateTimeOffset.FromUnixTimeSeconds(inputs.OutputTimestamp);
        // In its own place, so that an image that takes its Dockerfile in has the same one from every builder.
        await File.WriteAllBytesAsync(Path.Combine(context, specification.Dockerfile!), file.ToBytes(name => NameOf(inputs.Lock, name)), cancellationToken).ConfigureAwait(false);
        BuildContext.Prepare(context, specification.Dockerfile!, time);
        await builder.BuildAsync(
            new ImageBuild
            {
                Context = context,
                Dockerfile = specification.Dockerfile!,
                Bases = await WriteBasesAsync(bases, inputs.Lock, folder, cancellationToken).ConfigureAwait(false),
                Arguments = Arguments(time),
                Time = time,
                OutputPath = archive,
                Folder = Directory.CreateDirectory(Path.Combine(folder, "work")).FullName,
                ArchiveBytes = Images.MaxBytes,
                Limits = limits,
                Log = log,
            },
            cancellationToken).ConfigureAwait(false);
        try
        {
            var image = await new ImageAssembler(Images).AssembleAsync(archive, file.ResultBase is { } below ? bases[below] : null, time, Path.Combine(folder, "outputs"), cancellationToken).ConfigureAwait(false);
            if (image.Layers.Skip(file.ResultBase is null ? 0 : bases[file.ResultBase].Layers.Count).Any(layer => layer.Descriptor.Size > limits.OutputBytes))
                throw new BuildFailureException(FailureReason.ResourceLimit, $"The image has more than {limits.OutputBytes} bytes over its base, which is what this builder takes.");
            return await ImageOutputs.NameAsync(specification, image, time, folder, cancellationToken).ConfigureAwait(false);
        }
        catch (ImageRefusedException e)
        {
            throw new BuildFailureException(FailureReason.OutputRefused, $"What was built is no image that is taken: {e.Message}", e);
        }
    }

    private static string NameOf(DependencyLock files, ImageReference name) => $"{BaseRepository}:{ImageLock.Find(files, name)!.Value.Manifest.Digest.Hex}";

    private static string BasesOf(string folder) => Path.Combine(folder, "bases");

    private static string ContextOf(BuildSpecification specification, SourceTree tree) => Path.Combine(tree.Directory, specification.Source.Subdirectory);

    private static Dictionary<string, string> Arguments(DateTimeOffset time) => DockerfileVariables.Predefined(ImageConfig.MachineArchitecture)
        .Append(("SOURCE_DATE_EPOCH", time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))).ToDictionary(v => v.Item1, v => v.Item2, StringComparer.Ordinal);

    private static Dockerfile Read(BuildSpecification specification, string context)
    {
        var path = Path.Combine(context, specification.Dockerfile!);
        for (var at = path; at.Length > context.Length; at = Path.GetDirectoryName(at)!)
            if (new FileInfo(at).LinkTarget is not null) throw new BuildFailureException(FailureReason.Denied, $"The Dockerfile {specification.Dockerfile} is a link, or below one.");
        var file = new FileInfo(path);
        if (!file.Exists) throw new BuildFailureException(FailureReason.Denied, $"The source has no {specification.Dockerfile}{(specification.Source.Subdirectory.Length == 0 ? "" : $" in {specification.Source.Subdirectory}")}.");
        if (file.Length > DockerfileLines.MaxBytes) throw new BuildFailureException(FailureReason.Denied, $"The Dockerfile {specification.Dockerfile} is longer than {DockerfileLines.MaxBytes} bytes.");
        try
        {
            return Dockerfile.Parse(File.ReadAllBytes(path), ImageConfig.MachineArchitecture);
        }
        catch (DockerfileRefusedException e)
        {
            throw new BuildFailureException(FailureReason.Denied, $"{specification.Dockerfile}: {e.Message}.", e);
        }
    }

    private static async Task<Dictionary<string, string>> WriteBasesAsync(Dictionary<ImageReference, BaseImage> bases, DependencyLock files, string folder, CancellationToken cancellationToken)
    {
        var archives = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, image) in bases)
        {
            var called = NameOf(files, name);
            if (archives.ContainsKey(called)) continue;
            var path = Path.Combine(folder, $"base-{archives.Count}.tar");
            await using var file = File.Create(path);
            await EngineArchive.WriteAsync(image, called, file, cancellationToken).ConfigureAwait(false);
            archives[called] = path;
        }
        return archives;
    }
}
