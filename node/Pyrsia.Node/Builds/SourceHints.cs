using Pyrsia.Builds.Packages;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Log;
using Pyrsia.Node.Maven;
using Pyrsia.Node.Upstream;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Packages;

namespace Pyrsia.Node.Builds;

/// <summary>
/// Looks into the description of a version for where its source is: the verified one, else that of another verified version of the same artifact, else what the upstream has, which
/// nobody verified. It only reads; a person decides.
/// </summary>
public sealed class SourceHints(LogView? log, MavenRepository repository, IMavenUpstream upstream)
{
    /// <summary>Largest description that is read, in bytes.</summary>
    private const int MaxBytes = 4 << 20;

    /// <summary>What is said of a coordinate's source.</summary>
    /// <exception cref="BuildException">Nothing is said, or the file that says it cannot be read.</exception>
    public async Task<MappingSuggestion> FindAsync(string coordinate, CancellationToken cancellationToken)
    {
        if (log is null) throw new BuildException(BuildRefusal.NoNetwork, "This node has no network file, so it follows no log; start it with --network FILE.");
        if (PackageNames.Split(coordinate) is not var (names, name)) throw new BuildException(BuildRefusal.Invalid, $"'{coordinate}' is no coordinate.");
        var type = PackageTypes.Find(names.Type)!;
        if (type.DescriptionOf(name) is not { } path) throw new BuildException(BuildRefusal.NotFound, $"No file of {coordinate} says where its source is.");
        if (await VerifiedAsync(path, cancellationToken) is { } own) return Suggest(type, coordinate, name, own, path, null);
        if (Relative(log, coordinate) is { } relative && type.DescriptionOf(relative) is { } other && await VerifiedAsync(other, cancellationToken) is { } bytes)
        {
            var hint = Suggest(type, coordinate, relative, bytes, other, null);
            return hint with { Tag = hint.Tag is { } tag ? ForVersion(tag, relative, name) : null };
        }
        try
        {
            return await upstream.FindAsync(path, MaxBytes, cancellationToken) is { } found
                ? Suggest(type, coordinate, name, found, path, upstream.Host)
                : throw new BuildException(BuildRefusal.NotFound, $"Neither the log nor {upstream.Host} has {path}, in which {coordinate} would say where its source is.");
        }
        catch (UpstreamException e)
        {
            throw new BuildException(BuildRefusal.Upstream, $"The log has no {path}, and {upstream.Host} does not give it: {e.Message}", e);
        }
    }

    private static MappingSuggestion Suggest(IPackageType type, string coordinate, string name, byte[] description, string path, string? host) => type.ResolveSource(name, description) is { } hint
        ? new MappingSuggestion(coordinate, hint.Url, hint.Tag, path, host)
        : throw new BuildException(BuildRefusal.NotFound, $"{path}{(host is null ? "" : $" of {host}")} names no git repository that the source could be had from.");

    /// <summary>The newest other version of the artifact that the log has.</summary>
    private static string? Relative(LogView log, string coordinate) => Coordinate.ToMaven(coordinate) is { } gav && MavenCoordinates.Parse(gav) is var asked
        ? log.Index.Maven.Versions(asked.GroupId, asked.ArtifactId).LastOrDefault(version => version.Coordinates != asked)?.Coordinates.ToString()
        : null;

    /// <summary>The tag of another version, with this one's version in its place; null where the tag does not say its version.</summary>
    private static string? ForVersion(string tag, string other, string name)
    {
        var (was, wanted) = (other[(other.LastIndexOf(':') + 1)..], name[(name.LastIndexOf(':') + 1)..]);
        return tag.Contains(was, StringComparison.Ordinal) ? tag.Replace(was, wanted, StringComparison.Ordinal) : null;
    }

    private async Task<byte[]?> VerifiedAsync(string path, CancellationToken cancellationToken)
    {
        if ((await repository.FindAsync(path, cancellationToken)).Resource is not MavenFile { Size: <= MaxBytes } file) return null;
        try
        {
            using var reader = await repository.OpenAsync(file, cancellationToken);
            var bytes = new byte[file.Size];
            for (var chunk = 0; chunk < reader.Descriptor.ChunkCount; chunk++) await reader.ReadChunkAsync(chunk, bytes.AsMemory(chunk * reader.Descriptor.ChunkSize), cancellationToken);
            return bytes;
        }
        catch (ContentStoreException e)
        {
            throw new BuildException(BuildRefusal.Upstream, $"{path} is verified in the log, and no peer brings it now: {e.Message}", e);
        }
    }
}
