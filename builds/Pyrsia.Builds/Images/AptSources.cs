namespace Pyrsia.Builds.Images;

/// <summary>Reads where this machine gets its packages from, in both forms that apt knows.</summary>
/// <seealso href="https://manpages.debian.org/bookworm/apt/sources.list.5.en.html"/>
internal static class AptSources
{
    private const string Component = "main";

    /// <summary>The lines of a sources.list for a release, its updates and its security updates, as this machine uses them.</summary>
    /// <param name="directory">Where apt's configuration is: <c>/etc/apt</c>.</param>
    /// <param name="suite">Code name of the release.</param>
    internal static IReadOnlyList<string> For(string directory, string suite)
    {
        string[] suites = [suite, $"{suite}-updates", $"{suite}-security"];
        var parts = Path.Combine(directory, "sources.list.d");
        string[] more = Directory.Exists(parts) ? Directory.GetFiles(parts) : [];
        string[] files = [Path.Combine(directory, "sources.list"), .. more.Order(StringComparer.Ordinal)];
        var found = files.Where(File.Exists).SelectMany(Read);
        return [.. found.Where(s => suites.Contains(s.Suite, StringComparer.Ordinal)).Select(s => $"deb {s.Uri} {s.Suite} {Component}").Distinct(StringComparer.Ordinal)];
    }

    private static IEnumerable<(string Uri, string Suite)> Read(string file) => Path.GetExtension(file) switch
    {
        ".sources" => Stanzas(File.ReadAllText(file)),
        ".list" => Lines(File.ReadAllText(file)),
        _ => [],
    };

    /// <summary>One-line form: <c>deb [options] URI SUITE COMPONENT...</c></summary>
    private static IEnumerable<(string Uri, string Suite)> Lines(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            var words = WithoutOptions(line).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 3 && words[0] == "deb" && words.Skip(3).Contains(Component, StringComparer.Ordinal)) yield return (words[1], words[2]);
        }
    }

    /// <summary>Stanza form: <c>Types: deb</c>, <c>URIs: ...</c>, <c>Suites: ...</c>, <c>Components: ...</c></summary>
    private static IEnumerable<(string Uri, string Suite)> Stanzas(string text)
    {
        foreach (var stanza in string.Join('\n', text.Split('\n').Where(l => !l.StartsWith('#'))).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = stanza.Split('\n').Select(l => l.Split(':', 2)).Where(f => f.Length == 2).ToLookup(f => f[0].Trim(), f => f[1].Split(' ', StringSplitOptions.RemoveEmptyEntries), StringComparer.OrdinalIgnoreCase);
            if (fields["Enabled"].Any(v => v is ["no"]) || !fields["Types"].Any(v => v.Contains("deb", StringComparer.Ordinal)) || !fields["Components"].Any(v => v.Contains(Component, StringComparer.Ordinal))) continue;
            foreach (var uri in fields["URIs"].SelectMany(v => v))
                foreach (var suite in fields["Suites"].SelectMany(v => v)) yield return (uri, suite);
        }
    }

    private static string WithoutOptions(string line)
    {
        var (from, to) = (line.IndexOf('[', StringComparison.Ordinal), line.IndexOf(']', StringComparison.Ordinal));
        return from >= 0 && to > from ? line.Remove(from, to - from + 1) : line;
    }
}
