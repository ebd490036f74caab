using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Node.Oci;

/// <summary>What a registry path asks for.</summary>
internal enum OciRouteKind
{
    /// <summary><c>/v2/</c>: does a registry answer here.</summary>
    Ping,

    /// <summary><c>/v2/NAME/manifests/REFERENCE</c>.</summary>
    Manifest,

    /// <summary><c>/v2/NAME/blobs/DIGEST</c>.</summary>
    Blob,

    /// <summary><c>/v2/NAME/tags/list</c>.</summary>
    Tags,

    /// <summary><c>/v2/NAME/referrers/DIGEST</c>.</summary>
    Referrers,
}

/// <summary>A registry path, taken apart. Repository names have any number of components, so the path is read from its end.</summary>
/// <param name="Kind">What is asked for.</param>
/// <param name="Name">The repository; empty for a ping.</param>
/// <param name="Reference">Tag or digest; empty where the route has none.</param>
internal sealed record OciRoute(OciRouteKind Kind, string Name, string Reference)
{
    /// <summary>Longest path that is looked at: a repository of 255 characters, a registry, a reference of 128 and the words between.</summary>
    private const int MaxLength = 1024;

    /// <summary>Reads the path after <c>/v2/</c>; false when it is no route of a registry. A slash at the end is forgiven.</summary>
    internal static bool TryParse(string path, [NotNullWhen(true)] out OciRoute? route)
    {
        route = null;
        path = path.Trim('/');
        if (path.Length == 0)
        {
            route = new OciRoute(OciRouteKind.Ping, "", "");
            return true;
        }
        var parts = path.Split('/');
        if (path.Length > MaxLength || parts.Length < 3) return false;
        var name = string.Join('/', parts[..^2]);
        var (word, last) = (parts[^2], parts[^1]);
        OciRouteKind? kind = (word, last) switch
        {
            ("manifests", _) => OciRouteKind.Manifest,
            ("blobs", _) => OciRouteKind.Blob,
            ("tags", "list") => OciRouteKind.Tags,
            ("referrers", _) => OciRouteKind.Referrers,
            _ => null,
        };
        if (kind is { } found) route = new OciRoute(found, name, last);
        return route is not null;
    }
}
