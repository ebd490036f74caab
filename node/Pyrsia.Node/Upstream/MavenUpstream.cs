namespace Pyrsia.Node.Upstream;

/// <summary>Which Maven repository is the upstream.</summary>
public static class MavenUpstream
{
    /// <summary>What options call it: <c>maven=URL</c>.</summary>
    public const string Name = "maven";

    private const string Central = "https://repo.maven.apache.org/maven2";
    private const string Directory = "dir:";

    /// <summary>Reads the mapping <c>maven=https://host/path</c> or <c>maven=dir:DIR</c>; without one the upstream is Maven Central.</summary>
    /// <exception cref="FormatException">The mapping is not of that form.</exception>
    /// <exception cref="UpstreamException">The address is forbidden by the rules for upstreams.</exception>
    public static IMavenUpstream Open(IEnumerable<string> mappings, UpstreamOptions options, TimeProvider time)
    {
        var target = mappings.LastOrDefault(mapping => mapping.StartsWith(Name + "=", StringComparison.Ordinal)) is { } mapping ? mapping[(Name.Length + 1)..] : Central;
        if (target.StartsWith(Directory, StringComparison.Ordinal)) return new MavenDirectory(target[Directory.Length..]);
        return Uri.TryCreate(target, UriKind.Absolute, out var address) && (address.Scheme is "http" or "https")
            ? new HttpMavenClient(address, options, time)
            : throw new FormatException($"'{target}' is no Maven upstream: write {Name}=https://host/path, or {Name}={Directory}DIR.");
    }
}
