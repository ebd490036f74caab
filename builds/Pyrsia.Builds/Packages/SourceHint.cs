using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Packages;

/// <summary>
/// Where a package's own description says that its source is. Whoever wrote the description may mean harm, so this is a suggestion for a person who proposes a mapping;
/// nothing acts on it by itself.
/// </summary>
/// <param name="Url">A git repository's address, http or https, in the form that specifications take.</param>
/// <param name="Tag">The tag of the version; null where none is named.</param>
public sealed record SourceHint(string Url, string? Tag)
{
    /// <summary>Makes a hint of what was written; null when that names no repository which a specification could.</summary>
    /// <param name="address">An https, http, git or ssh address, or <c>user@host:path</c>. All but http are taken as https, without user and password.</param>
    /// <param name="tag">The tag; left out when git would not take it.</param>
    public static SourceHint? Of(string address, string? tag)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.Length > BuildSource.MaxUrlLength) return null;
        if (!address.Contains("://", StringComparison.Ordinal) && address.Split(':', 2) is [var host, [not '/', ..] path] && host.Contains('@', StringComparison.Ordinal)) address = $"ssh://{host}/{path}";
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http" or "git" or "ssh") || uri.Host.Length == 0 || uri.AbsolutePath.Length < 2) return null;
        // The port of ssh or git is not that of https.
        var authority = uri.Scheme is "http" or "https" && !uri.IsDefaultPort ? $"{uri.Host}:{uri.Port}" : uri.Host;
        var url = $"{(uri.Scheme == "http" ? "http" : "https")}://{authority}{uri.AbsolutePath.TrimEnd('/')}";
        return url.Length <= BuildSource.MaxUrlLength && BuildSource.IsUrl(url) ? new SourceHint(url, tag is not null && BuildSource.IsTag(tag) ? tag : null) : null;
    }
}
