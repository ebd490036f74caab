using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Node.Builds;

/// <summary>Makes a build specification of what a request says, and of defaults for the rest. Pure.</summary>
internal static class SpecificationDraft
{
    /// <summary>Maven and JDK of the default builder image.</summary>
    private const string DefaultMaven = "3.8.7";
    private const int DefaultJdk = 17;

    private const string PackageType = "maven";
    private const string DefaultDockerfile = "Dockerfile";
    private const string HowToWrite = "See docs/protocols/build-specification.md.";

    /// <summary>A specification that stands whole in the request.</summary>
    /// <exception cref="BuildException">It is no specification, or the request says something beside it.</exception>
    internal static BuildSpecification Whole(BuildMavenRequest request)
    {
        if (request with { Specification = null, MaxBytes = null } != new BuildMavenRequest()) throw Wrong("A request with a specification says nothing beside it but max_bytes.");
        var text = System.Text.Encoding.UTF8.GetBytes(request.Specification!.Value.GetRawText());
        return BuildSpecification.TryParse(text, out var specification, out var error) ? specification : throw Wrong($"{error}.");
    }

    /// <summary>The source that a request names; null when it names none.</summary>
    /// <exception cref="BuildException">A part of it is missing.</exception>
    internal static BuildSource? Source(BuildMavenRequest request) => Named(request.Source, request.Revision, request.Tag, request.Subdirectory);

    /// <summary>The source that a request names; null when it names none.</summary>
    /// <exception cref="BuildException">A part of it is missing.</exception>
    internal static BuildSource? Source(BuildDockerRequest request) => Named(request.Source, request.Revision, request.Tag, request.Subdirectory);

    /// <summary>The specification of an image.</summary>
    /// <exception cref="BuildException">The parts make no specification; the message says which is wrong.</exception>
    internal static BuildSpecification Image(BuildDockerRequest request, ImageReference image, BuildSource source, Digest builderImage) => Checked(
        new BuildSpecification(Coordinate.Docker, [new SpecifiedArtifact(Coordinate.Of(image), new DockerNames().OutputsOf(image.ToString()))], source, null, builderImage, BuildEnvironment.Default, null, null)
        {
            Dockerfile = request.Dockerfile ?? DefaultDockerfile,
        });

    /// <summary>A source, a commit of git or an archive as its revision is long; that its parts are well formed is seen when it is signed.</summary>
    /// <exception cref="BuildException">The revision is missing.</exception>
    internal static BuildSource Source(string url, string? revision, string? tag, string? subdirectory) => new(
        revision?.Length == 2 * Digest.Length ? SourceKind.Archive : SourceKind.Git, url,
        revision ?? throw Wrong("The source needs its revision: a commit of 40 hexadecimal digits, because tags and branches move, or of an archive its SHA-256."), tag, subdirectory ?? "");

    /// <summary>The artifacts of a request: the version asked for first, and whatever other modules the outputs belong to.</summary>
    /// <exception cref="BuildException">A path is none of the layout, or none is of the version.</exception>
    internal static ImmutableArray<SpecifiedArtifact> Artifacts(MavenCoordinates main, IReadOnlyList<string>? outputs)
    {
        var paths = (outputs ?? [MavenFilePath.Of(main, "jar").Target, MavenFilePath.Of(main, "pom").Target]).Select(ReadOutput).ToArray();
        var artifacts = paths.GroupBy(p => p.Coordinates).Select(g => new SpecifiedArtifact(Coordinate.Of(g.Key), [.. g.Select(p => p.Target)])).OrderBy(a => a.Coordinate != Coordinate.Of(main));
        return paths.Any(p => p.Coordinates == main) ? [.. artifacts] : throw Wrong($"None of the outputs is a file of {main}.");
    }

    /// <summary>Joins the parts.</summary>
    /// <exception cref="BuildException">They make no specification; the message says which part is wrong.</exception>
    internal static BuildSpecification Join(BuildMavenRequest request, ImmutableArray<SpecifiedArtifact> artifacts, BuildSource source, Digest builderImage)
    {
        var tool = new BuildTool("mvn", request.ToolVersion ?? DefaultMaven, request.Jdk ?? DefaultJdk, Words(request.Goals ?? ["deploy"]), Words(request.Options ?? []));
        return Checked(new BuildSpecification(PackageType, artifacts, source, tool, builderImage, BuildEnvironment.Default, null, null));
    }

    private static BuildSpecification Checked(BuildSpecification draft) => BuildSpecification.TryParse(draft.ToBytes(), out var specification, out var error) ? specification : throw Wrong($"{error}.");

    private static BuildSource? Named(string? url, string? revision, string? tag, string? subdirectory)
    {
        if (url is null) return revision is null && tag is null && subdirectory is null ? null : throw Wrong("A revision, tag or subdirectory says nothing without the source.");
        return Source(url, revision, tag, subdirectory);
    }

    private static ImmutableArray<string> Words(IReadOnlyList<string?> words) => [.. words.Select(word => word ?? throw Wrong("A goal or an option is null."))];

    private static MavenFilePath ReadOutput(string? text) => text is not null && MavenPath.TryParse(text, out var path) == MavenPathFault.None && path is MavenFilePath { Checksum: null } file
        ? file
        : throw Wrong($"'{text}' is no path of a file in a Maven repository, such as org/acme/lib/1.0/lib-1.0.jar.");

    private static BuildException Wrong(string message) => new(BuildRefusal.Invalid, message) { Advice = HowToWrite };
}
