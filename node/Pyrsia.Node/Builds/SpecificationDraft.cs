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

    /// <summary>Where an artifact's main file goes in an image when nobody says it.</summary>
    private const string DefaultFolder = "/app/";

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
    internal static BuildSource? Source(BuildMavenRequest request) => Named(request.Source, request.Revision, request.Tag, request.Subdirectory) is var source && source?.Kind != SourceKind.Artifact
        ? source
        : throw Wrong("A version is built from a repository or an archive; images alone are put together of an artifact.");

    /// <summary>The source that a request names; null when it names none.</summary>
    /// <exception cref="BuildException">A part of it is missing.</exception>
    internal static BuildSource? Source(BuildDockerRequest request) => Named(request.Source, request.Revision, request.Tag, request.Subdirectory);

    /// <summary>The specification of an image.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="image">The image.</param>
    /// <param name="source">The source.</param>
    /// <param name="artifact">The artifact that the source is; null where it is another.</param>
    /// <param name="builderImage">The builder image.</param>
    /// <exception cref="BuildException">The parts make no specification; the message says which is wrong.</exception>
    internal static BuildSpecification Image(BuildDockerRequest request, ImageReference image, BuildSource source, LoggedArtifact? artifact, Digest builderImage)
    {
        var specification = new BuildSpecification(
            Coordinate.Docker, [new SpecifiedArtifact(Coordinate.Of(image), new DockerNames().OutputsOf(image.ToString()))], source, null, builderImage, BuildEnvironment.Default, artifact?.TimeSeconds, null);
        if (artifact is null)
            return request.Assembly is null ? Checked(specification with { Dockerfile = request.Dockerfile ?? DefaultDockerfile }) : throw Wrong("Base, files and how it is run are said of an image that is put together of an artifact; in a repository its Dockerfile says them.");
        if (request.Dockerfile is not null) throw Wrong("An image that is put together of an artifact has no Dockerfile.");
        return Checked(specification with { Assembly = Assembly(request.Assembly ?? new AssemblyRequest(), artifact) });
    }

    /// <summary>A source, an artifact where it is a coordinate, else a commit of git or an archive as its revision is long; that its parts are well formed is seen when it is signed.</summary>
    /// <exception cref="BuildException">The revision is missing.</exception>
    internal static BuildSource Source(string url, string? revision, string? tag, string? subdirectory) => new(
        BuildSource.IsArtifact(url) ? SourceKind.Artifact : revision?.Length == 2 * Digest.Length ? SourceKind.Archive : SourceKind.Git, url,
        revision ?? throw Wrong("The source needs its revision: a commit of 40 hexadecimal digits, because tags and branches move, of an archive its SHA-256, or of an artifact that of its main file."), tag, subdirectory ?? "");

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

    private static ImageAssembly Assembly(AssemblyRequest request, LoggedArtifact artifact)
    {
        ImageReference? below = null;
        if (request.Base is not null && !ImageReference.TryParse(request.Base, out below, out var error)) throw Wrong(error);
        var files = request.Files ?? [new PlacedFileRequest(artifact.MainFile, DefaultFolder + artifact.MainFile[(artifact.MainFile.LastIndexOf('/') + 1)..])];
        return new ImageAssembly(below, [.. files.Select(file => Placed(file, artifact.Folder))])
        {
            Entrypoint = Words(request.Entrypoint ?? []),
            Environment = Words(request.Environment ?? []),
            User = request.User,
            WorkingDirectory = request.WorkingDirectory,
        };
    }

    private static PlacedFile Placed(PlacedFileRequest? file, string folder) => file is { File: { } name, Path: { } path }
        ? new PlacedFile(name.StartsWith(folder, StringComparison.Ordinal) ? name : folder + name, path.StartsWith('/') ? path[1..] : path, file.Executable)
        : throw Wrong("A file of the image lacks its name or its path.");

    private static BuildSpecification Checked(BuildSpecification draft) => BuildSpecification.TryParse(draft.ToBytes(), out var specification, out var error) ? specification : throw Wrong($"{error}.");

    private static BuildSource? Named(string? url, string? revision, string? tag, string? subdirectory)
    {
        if (url is null) return revision is null && tag is null && subdirectory is null ? null : throw Wrong("A revision, tag or subdirectory says nothing without the source.");
        return Source(url, revision, tag, subdirectory);
    }

    private static ImmutableArray<string> Words(IReadOnlyList<string?> words) => [.. words.Select(word => word ?? throw Wrong("One of the words is null."))];

    private static MavenFilePath ReadOutput(string? text) => text is not null && MavenPath.TryParse(text, out var path) == MavenPathFault.None && path is MavenFilePath { Checksum: null } file
        ? file
        : throw Wrong($"'{text}' is no path of a file in a Maven repository, such as org/acme/lib/1.0/lib-1.0.jar.");

    private static BuildException Wrong(string message) => new(BuildRefusal.Invalid, message) { Advice = HowToWrite };
}
