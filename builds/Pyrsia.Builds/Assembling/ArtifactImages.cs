using Pyrsia.Builds.Outputs;
using Pyrsia.Builds.Repositories;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Assembling;

/// <summary>
/// Images of a built artifact: files that the log has verified, put on a base that it has verified. Nothing is run and no engine is asked, so the plan says all: who has these files makes the same image.
/// </summary>
/// <param name="node">Where files and bases come from, by the paths of a node.</param>
/// <param name="limits">What a build may use.</param>
internal sealed class ArtifactImages(IRepository node, SandboxLimits limits)
{
    private static readonly ImageLimits Images = new();

    /// <summary>The files and the base's pieces, as the log has them.</summary>
    /// <exception cref="BuildFailureException">One of them is not verified, or the artifact is another than the specification's.</exception>
    internal async Task<DependencyLock> PlanAsync(BuildSpecification specification, string folder, CancellationToken cancellationToken)
    {
        var assembly = specification.Assembly!;
        var files = Files(specification, folder, cancellationToken);
        foreach (var output in assembly.Files.Select(file => file.Output).Distinct(StringComparer.Ordinal))
        {
            if (await files.GetAsync(output).ConfigureAwait(false) is not RepositoryAnswer.Found and var answer)
                throw new BuildFailureException(FailureReason.DependencyUnverified, $"{output} cannot be had from what the log has verified: {answer}.");
        }
        RequireMain(specification, files.Lock);
        var below = await Bases(folder).ResolveAsync(assembly.Base is { } name ? [name] : [], ImageConfig.MachineArchitecture, cancellationToken).ConfigureAwait(false);
        return DependencyLock.Of(files.Lock.Files.Concat(below.Files));
    }

    /// <summary>Puts the image together.</summary>
    /// <returns>Its pieces, by the names that outputs of images have.</returns>
    /// <exception cref="BuildFailureException">A locked file cannot be had, or they make no image.</exception>
    internal async Task<IReadOnlyList<OutputFile>> BuildAsync(BuildSpecification specification, BuildInputs inputs, string folder, BuildLog log, CancellationToken cancellationToken)
    {
        var assembly = specification.Assembly!;
        var files = Files(specification, folder, cancellationToken);
        var placed = assembly.Files.Select(file => file.Output).ToHashSet(StringComparer.Ordinal);
        await files.FillAsync(DependencyLock.Of(inputs.Lock.Files.Where(file => placed.Contains(file.Path)))).ConfigureAwait(false);
        if (assembly.Files.FirstOrDefault(file => !File.Exists(files.PathOf(file.Output))) is { } missing) throw new BuildFailureException(FailureReason.DependencyUnverified, $"The lock does not name {missing.Output}.");
        RequireMain(specification, files.Lock);
        if (assembly.Files.Sum(file => new FileInfo(files.PathOf(file.Output)).Length) > limits.OutputBytes) throw new BuildFailureException(FailureReason.ResourceLimit, $"The files have more than {limits.OutputBytes} bytes, which is what this builder takes.");
        var below = assembly.Base is { } name ? await Bases(folder).FetchAsync(inputs.Lock, name, cancellationToken).ConfigureAwait(false) : null;
        log.Say($"putting an image together of {specification.Source} on {assembly.Base?.ToString() ?? "nothing"}");
        var time = DateTimeOffset.FromUnixTimeSeconds(inputs.OutputTimestamp);
        try
        {
            var image = await new ImageAssembler(Images).AssembleAsync(
                assembly.Files.Select(file => new AddedFile(file.Path, files.PathOf(file.Output), file.IsExecutable)), (below?.Config ?? new ImageConfig()).With(assembly), below, time, Path.Combine(folder, "outputs"),
                cancellationToken).ConfigureAwait(false);
            return await ImageOutputs.NameAsync(specification, image, time, folder, cancellationToken).ConfigureAwait(false);
        }
        catch (ImageRefusedException e)
        {
            throw new BuildFailureException(FailureReason.Denied, $"These files make no image: {e.Message}", e);
        }
    }

    /// <summary>The digest that a mapping's approvers saw is that of a file which the image really has.</summary>
    private static void RequireMain(BuildSpecification specification, DependencyLock files)
    {
        if (!files.Files.Any(file => file.Digest.Hex == specification.Source.Revision))
            throw new BuildFailureException(FailureReason.Denied, $"None of the files that the image takes in is {specification.Source.Revision}, the one of {specification.Source.Url} that the source names.");
    }

    private BaseImages Bases(string folder) => new(RepositoryBelow.Registry(node), Path.Combine(folder, "bases"), Images);

    private RepositoryFolder Files(BuildSpecification specification, string folder, CancellationToken cancellationToken) =>
        new(RepositoryBelow.Files(node, PackageNames.Split(specification.Source.Url)!.Value.Names), Path.Combine(folder, "artifact"), cancellationToken);
}
