using Pyrsia.Builds.Images;
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Packages;

/// <summary>
/// A kind of package: how it names things, and how it is built from source. To the common walk (source, plan, sandbox, outputs) it adds the command line and what it lets people
/// ask for. docs/operating/package-types.md says how another ecosystem joins.
/// </summary>
public interface IPackageType
{
    /// <summary>The half that the log's rules rest on: coordinates, names of outputs, paths of a node.</summary>
    IPackageNames Names { get; }

    /// <summary>Whether it is built from source; what is not is notarized only.</summary>
    bool IsBuilt { get; }

    /// <summary>The file of a version in which its makers say where its source is; null where no file does.</summary>
    /// <param name="name">The version's full name.</param>
    string? DescriptionOf(string name);

    /// <summary>What such a file says of the source; null when it says nothing of use. Never throws, whatever the bytes.</summary>
    /// <param name="name">The version's full name.</param>
    /// <param name="description">The file, as somebody wrote it who may mean harm.</param>
    SourceHint? ResolveSource(string name, ReadOnlyMemory<byte> description);

    /// <summary>Why this builder does not build a specification of this type; null when it does.</summary>
    /// <param name="specification">What is asked for.</param>
    /// <param name="packages">What is installed in its builder image.</param>
    string? Refusal(BuildSpecification specification, IReadOnlyList<InstalledPackage> packages);

    /// <summary>The build in its sandbox, dependencies resolved from a repository.</summary>
    /// <param name="specification">A specification that was not refused.</param>
    /// <param name="repository">Where dependencies come from: the way out while they are locked, a closed folder in the build itself.</param>
    /// <param name="timestamp">The time in what is made, in seconds since 1970.</param>
    /// <returns>The step; null when nothing has to be run, and the outputs stand in the source.</returns>
    BuildStep? Step(BuildSpecification specification, Uri repository, long timestamp);

    /// <summary>Whether a build makes an image of a Dockerfile or of an artifact, on base images that a registry has, instead of running a step in the sandbox.</summary>
    bool BuildsImages => false;

    /// <summary>Whether what a build makes is an index or checksum beside the outputs, which tools write and nobody attests.</summary>
    bool IsVolatile(string output);
}

/// <summary>What is run in a sandbox. The source comes on the standard input as tar, the outputs leave on the standard output as tar, named as the ecosystem's layout has them.</summary>
/// <param name="Command">Program and arguments.</param>
/// <param name="Files">Small files that are mounted beside the repository, by name.</param>
public sealed record BuildStep(IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Files)
{
    /// <summary>Name of the mount that holds <see cref="Files"/>.</summary>
    public const string FilesMount = "files";
}
