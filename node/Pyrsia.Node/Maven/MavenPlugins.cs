using System.Collections.Concurrent;
using System.IO.Compression;
using Pyrsia.Contracts;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Log;

namespace Pyrsia.Node.Maven;

/// <summary>
/// Finds the plugins of a group and their short names, as a deployment would have written them into the group's metadata: from the plugin's own
/// description in its jar, else by the convention for its name. Which artifact is a plugin its pom says.
/// </summary>
internal sealed class MavenPlugins(LogView log, ArtifactService artifacts)
{
    /// <summary>Largest plugin jar that is read for its prefix, in bytes; a larger one has its conventional name.</summary>
    private const int MaxJarBytes = 16 * 1024 * 1024;

    /// <summary>Largest plugin description in bytes.</summary>
    private const int MaxDescriptionBytes = 4 * 1024 * 1024;

    /// <summary>Artifacts of a group that are looked at; the largest group of plugins has under a hundred.</summary>
    private const int MaxArtifacts = 1000;

    /// <summary>Poms that are read at once.</summary>
    private const int Parallel = 8;

    private const string Description = "META-INF/maven/plugin.xml";

    /// <summary>By version and verdict: one verdict answers for every module of a build.</summary>
    private readonly ConcurrentDictionary<(MavenCoordinates Version, long Verdict), MavenPlugin?> _known = new();

    /// <summary>The plugins of a group, by artifact, each with the time of the version that says so.</summary>
    /// <param name="groupId">The group.</param>
    /// <param name="serves">Whether a version may be served at all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Content.Store.ContentStoreException">A pom or jar that says it cannot be had now.</exception>
    internal async Task<IReadOnlyList<(MavenPlugin Plugin, DateTimeOffset Time)>> OfAsync(string groupId, Func<MavenLogVersion, bool> serves, CancellationToken cancellationToken)
    {
        var newest = log.Index.Maven.Artifacts(groupId).Take(MaxArtifacts).Select(artifact => log.Index.Maven.Versions(groupId, artifact).LastOrDefault(serves)).OfType<MavenLogVersion>();
        var found = new ConcurrentBag<(MavenPlugin Plugin, DateTimeOffset Time)>();
        await System.Threading.Tasks.Parallel.ForEachAsync(newest, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken }, async (version, token) =>
        {
            if (await LookAsync(version, token) is { } plugin) found.Add((plugin, version.Time));
        });
        return [.. found.OrderBy(found => found.Plugin.ArtifactId, StringComparer.Ordinal)];
    }

    /// <summary>The conventional short name: <c>maven-X-plugin</c> and <c>X-maven-plugin</c> are X.</summary>
    internal static string ConventionalPrefix(string artifactId) => artifactId switch
    {
        "maven-plugin-plugin" => "plugin",
        _ when artifactId.StartsWith("maven-", StringComparison.Ordinal) && artifactId.EndsWith("-plugin", StringComparison.Ordinal) && artifactId.Length > "maven--plugin".Length => artifactId["maven-".Length..^"-plugin".Length],
        _ when artifactId.EndsWith("-maven-plugin", StringComparison.Ordinal) && artifactId.Length > "-maven-plugin".Length => artifactId[..^"-maven-plugin".Length],
        _ when artifactId.EndsWith("-plugin", StringComparison.Ordinal) && artifactId.Length > "-plugin".Length => artifactId[..^"-plugin".Length],
        _ => artifactId,
    };

    private async Task<MavenPlugin?> LookAsync(MavenLogVersion version, CancellationToken cancellationToken)
    {
        if (version.Files.FirstOrDefault(file => file.Path.Variant == "pom") is not { Output: { Size: <= MavenPom.MaxBytes } description }) return null;
        if (_known.TryGetValue((version.Coordinates, version.Verdict), out var known)) return known;
        MavenPlugin? plugin = null;
        if (MavenPom.TryParse(await artifacts.ReadAsync(description, cancellationToken), out var pom) && pom is { Packaging: MavenPom.PluginPackaging, IsRelocated: false })
        {
            var artifactId = version.Coordinates.ArtifactId;
            var main = version.Files.FirstOrDefault(file => file.Output.Digest == version.Root)?.Output;
            var prefix = main is { Size: <= MaxJarBytes } ? PrefixIn(await artifacts.ReadAsync(main, cancellationToken)) : null;
            plugin = new MavenPlugin(pom.Name ?? artifactId, prefix ?? ConventionalPrefix(artifactId), artifactId);
        }
        return _known[(version.Coordinates, version.Verdict)] = plugin;
    }

    /// <summary>The <c>goalPrefix</c> of a plugin jar; null when it says none that can be one.</summary>
    internal static string? PrefixIn(byte[] jar)
    {
        string? prefix = null;
        try
        {
            using var zip = new ZipArchive(new MemoryStream(jar, writable: false), ZipArchiveMode.Read);
            if (zip.GetEntry(Description) is not { Length: <= MaxDescriptionBytes } entry) return null;
            using var content = entry.Open();
            var bytes = new byte[entry.Length];
            content.ReadExactly(bytes);
            XmlPaths.TryRead(bytes, (path, text) => prefix = path == "plugin/goalPrefix" ? text.Trim() : prefix, out _);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return null;
        }
        return prefix is not null && MavenCoordinates.IsArtifact(prefix) ? prefix : null;
    }
}
