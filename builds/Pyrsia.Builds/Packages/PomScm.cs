using Pyrsia.Contracts;

namespace Pyrsia.Builds.Packages;

/// <summary>Reads the <c>scm</c> of a pom.</summary>
/// <seealso href="https://maven.apache.org/pom.html#SCM"/>
/// <seealso href="https://maven.apache.org/scm/git.html"/>
internal static class PomScm
{
    /// <summary>Largest pom that is read, in bytes.</summary>
    private const int MaxBytes = 4 << 20;

    /// <summary>Longest text that is made of a text with properties in it, in characters.</summary>
    private const int MaxLength = 1000;

    private const string Push = "[push=]";
    private const string Fetch = "[fetch=]";

    /// <summary>What a pom says; null when it is none, or names no git repository.</summary>
    internal static SourceHint? Read(MavenCoordinates version, ReadOnlyMemory<byte> pom)
    {
        if (pom.Length > MaxBytes) return null;
        var said = new Dictionary<string, string>(StringComparer.Ordinal);
        // The first of each counts: one that comes again is nothing that Maven would write.
        if (!XmlPaths.TryRead(pom.ToArray(), (path, text) => said.TryAdd(path, text.Trim()), out var root) || root != "project") return null;
        var tag = Fill(version, said, said.GetValueOrDefault("project/scm/tag") ?? "");
        // HEAD is what Maven fills in where a project names no tag.
        if (tag is "" or "HEAD") tag = null;
        foreach (var connection in new[] { "connection", "developerConnection" })
            if (Fill(version, said, said.GetValueOrDefault($"project/scm/{connection}") ?? "") is { } text && Address(text) is { } address && SourceHint.Of(address, tag) is { } hint) return hint;
        // The page for people is the repository at the large hosts, and nobody proposes without a look.
        return Fill(version, said, said.GetValueOrDefault("project/scm/url") ?? "") is { } page && IsRepositoryPage(page) ? SourceHint.Of(page, tag) : null;
    }

    /// <summary>The address in <c>scm:git:ADDRESS</c>, <c>scm:git|ADDRESS</c> or <c>scm:git:[fetch=]ADDRESS[push=]ADDRESS</c>; null for another kind.</summary>
    private static string? Address(string connection)
    {
        if (!connection.StartsWith("scm:git:", StringComparison.Ordinal) && !connection.StartsWith("scm:git|", StringComparison.Ordinal)) return null;
        var address = connection["scm:git:".Length..];
        if (address.StartsWith(Fetch, StringComparison.Ordinal)) address = address[Fetch.Length..];
        return address.Split(Push)[0];
    }

    private static bool IsRepositoryPage(string page) => page.EndsWith(".git", StringComparison.Ordinal) || (Uri.TryCreate(page, UriKind.Absolute, out var uri) && uri.AbsolutePath.Trim('/').Split('/').Length == 2);

    /// <summary>Fills in properties, once: the version's own, and those that the pom sets to plain text. Null when one stays unknown, or it grows too long.</summary>
    private static string? Fill(MavenCoordinates version, Dictionary<string, string> said, string text)
    {
        var filled = new System.Text.StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            var start = text.IndexOf("${", at, StringComparison.Ordinal);
            filled.Append(text, at, (start < 0 ? text.Length : start) - at);
            if (filled.Length > MaxLength) return null;
            if (start < 0) break;
            var end = text.IndexOf('}', start);
            var value = end < 0 ? null : text[(start + 2)..end] switch
            {
                "project.version" or "pom.version" or "version" => version.Version,
                "project.artifactId" or "pom.artifactId" or "artifactId" => version.ArtifactId,
                "project.groupId" or "pom.groupId" or "groupId" => version.GroupId,
                var name => said.GetValueOrDefault($"project/properties/{name}"),
            };
            if (value is null || value.Contains("${", StringComparison.Ordinal)) return null;
            filled.Append(value);
            at = end + 1;
        }
        return filled.Length <= MaxLength ? filled.ToString() : null;
    }
}
