using Pyrsia.Contracts;
using Pyrsia.Node.Maven;

namespace Pyrsia.Node.Upstream;

/// <summary>What an upstream has for one version: its pom, and where its files stand. Asker and authorities read it by the same rules.</summary>
public sealed class MavenResolver
{
    private static readonly string[] BuildFields = ["classifier", "extension", "value"];

    private readonly IMavenUpstream _upstream;
    private readonly MavenPom _pom;
    private readonly IReadOnlyDictionary<string, string> _builds;

    private MavenResolver(IMavenUpstream upstream, MavenCoordinates coordinates, IReadOnlyDictionary<string, string> builds, byte[] pomBytes, MavenPom pom)
    {
        (_upstream, Coordinates, _builds, PomBytes, _pom) = (upstream, coordinates, builds, pomBytes, pom);
    }

    /// <summary>The version.</summary>
    public MavenCoordinates Coordinates { get; }

    /// <summary>Where the pom stands.</summary>
    public MavenFilePath PomPath => PathOf("pom");

    /// <summary>The pom.</summary>
    public byte[] PomBytes { get; }

    /// <summary>Reads the pom, and of a snapshot first which build is its newest.</summary>
    /// <exception cref="UpstreamException">The upstream does not have it, or not properly.</exception>
    public static async Task<MavenResolver> ReadAsync(IMavenUpstream upstream, MavenCoordinates coordinates, CancellationToken cancellationToken)
    {
        var builds = coordinates.IsSnapshot ? await BuildsAsync(upstream, coordinates, cancellationToken) : new Dictionary<string, string>();
        var path = PathOf(coordinates, builds, "pom");
        var bytes = await upstream.FindAsync(path.Target, MavenPom.MaxBytes, cancellationToken) ?? throw new UpstreamException(UpstreamFailure.NotFound, $"{upstream.Host} has no {coordinates} ({path.Target}).");
        return MavenPom.TryParse(bytes, out var pom) ? new MavenResolver(upstream, coordinates, builds, bytes, pom) : throw new UpstreamException(UpstreamFailure.Corrupt, $"{path.Target} of {upstream.Host} is no pom.");
    }

    /// <summary>Where a further file stands, such as <c>sources.jar</c>.</summary>
    /// <exception cref="FormatException">The variant makes no file name.</exception>
    public MavenFilePath PathOf(string variant) => PathOf(Coordinates, _builds, variant);

    /// <summary>Opens the main file: what the pom's packaging says. A pom that makes no file, or only says a new name, is its own main file.</summary>
    /// <returns>Where it stands and its bytes.</returns>
    /// <exception cref="UpstreamException">The upstream does not have it.</exception>
    public async Task<(MavenFilePath Path, Stream Body)> OpenMainAsync(CancellationToken cancellationToken)
    {
        foreach (var extension in _pom.MainExtensions.Where(extension => extension != "pom"))
            if (await _upstream.OpenAsync(PathOf(extension).Target, cancellationToken) is { } body) return (PathOf(extension), body);
        if (_pom.IsRelocated || _pom.MainExtensions[0] == "pom") return (PomPath, new MemoryStream(PomBytes, writable: false));
        throw new UpstreamException(UpstreamFailure.NotFound, $"{_upstream.Host} has no {PathOf(_pom.MainExtensions[0]).Target}, which the pom of {Coordinates} says there is.");
    }

    private static MavenFilePath PathOf(MavenCoordinates coordinates, IReadOnlyDictionary<string, string> builds, string variant) =>
        MavenFilePath.Of(coordinates, variant, builds.GetValueOrDefault(variant) ?? builds.GetValueOrDefault(""));

    /// <summary>The newest build by variant, and under the empty name of all that have none of their own; empty for an upstream that does not number its builds.</summary>
    private static async Task<IReadOnlyDictionary<string, string>> BuildsAsync(IMavenUpstream upstream, MavenCoordinates coordinates, CancellationToken cancellationToken)
    {
        var builds = new Dictionary<string, string>(StringComparer.Ordinal);
        var path = $"{coordinates.Directory}/{MavenMetadataPath.FileName}";
        if (await upstream.FindAsync(path, UpstreamOptions.MaxSmallFileBytes, cancellationToken) is not { } bytes) return builds;
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var read = XmlPaths.TryRead(bytes, (element, text) =>
        {
            fields[element] = text.Trim();
            if (element != "metadata/versioning/snapshotVersions/snapshotVersion") return;
            var (classifier, extension, value) = (Field(element + "/classifier"), Field(element + "/extension"), Field(element + "/value"));
            if (extension.Length > 0 && value.Length > 0) builds[classifier.Length == 0 ? extension : $"{classifier}.{extension}"] = value;
            foreach (var name in BuildFields) fields.Remove($"{element}/{name}");
        }, out var root);
        if (!read || root != "metadata") throw new UpstreamException(UpstreamFailure.Corrupt, $"{path} of {upstream.Host} is no metadata.");
        var (timestamp, number) = (Field("metadata/versioning/snapshot/timestamp"), Field("metadata/versioning/snapshot/buildNumber"));
        if (timestamp.Length > 0 && number.Length > 0) builds[""] = $"{coordinates.Version[..^MavenCoordinates.SnapshotSuffix.Length]}-{timestamp}-{number}";
        foreach (var (variant, version) in builds)
            if (!IsBuild(coordinates, version)) throw new UpstreamException(UpstreamFailure.Corrupt, $"{path} of {upstream.Host} names '{version}' for '{variant}', which is no build of {coordinates}.");
        return builds;

        string Field(string element) => fields.GetValueOrDefault(element) ?? "";
    }

    private static bool IsBuild(MavenCoordinates coordinates, string version) =>
        MavenPath.TryParse($"{coordinates.Directory}/{coordinates.ArtifactId}-{version}.pom", out var path) == MavenPathFault.None && path is MavenFilePath { Checksum: null } file && file.FileVersion == version;
}
