using System.Text;
using System.Text.RegularExpressions;

namespace Pyrsia.Builds.Dockerfiles;

/// <summary>The patterns of a <c>.dockerignore</c>: the last one that fits a path, or a folder above it, decides; one with <c>!</c> before it takes back.</summary>
/// <seealso href="https://docs.docker.com/build/concepts/context/#dockerignore-files"/>
internal sealed class IgnoredPaths
{
    /// <summary>Longest file in bytes.</summary>
    internal const int MaxBytes = 64 << 10;

    /// <summary>Most patterns.</summary>
    internal const int MaxPatterns = 500;

    private readonly List<(Regex Pattern, bool Ignores)> _patterns = [];

    private IgnoredPaths()
    {
    }

    /// <summary>Reads the patterns; null when one is none, or there are too many.</summary>
    internal static IgnoredPaths? Parse(string text)
    {
        var ignored = new IgnoredPaths();
        foreach (var line in text.Split('\n'))
        {
            var pattern = line.Trim().TrimStart('\uFEFF');
            if (pattern.Length == 0 || pattern[0] == '#') continue;
            var ignores = pattern[0] != '!';
            if (!ignores) pattern = pattern[1..].Trim();
            pattern = string.Join('/', pattern.Split('/').Where(segment => segment is not ("" or ".")));
            if (pattern.Length == 0) continue;
            if (pattern.Split('/').Contains("..") || ToRegex(pattern) is not { } regex || ignored._patterns.Count == MaxPatterns) return null;
            ignored._patterns.Add((regex, ignores));
        }
        return ignored;
    }

    /// <summary>Whether a path is ignored.</summary>
    internal bool Contains(string path)
    {
        var contains = false;
        foreach (var (pattern, ignores) in _patterns)
            if (ignores != contains && pattern.IsMatch(path)) contains = ignores;
        return contains;
    }

    private static Regex? ToRegex(string pattern)
    {
        var regex = new StringBuilder(@"\A(?:");
        for (var at = 0; at < pattern.Length; at++)
        {
            switch (pattern[at])
            {
                case '*' when at + 1 < pattern.Length && pattern[at + 1] == '*':
                    at++;
                    // With a slash behind it also no folder at all.
                    if (at + 1 < pattern.Length && pattern[at + 1] == '/')
                    {
                        at++;
                        regex.Append("(?:.*/)?");
                    }
                    else
                    {
                        regex.Append(".*");
                    }
                    break;
                case '*':
                    regex.Append("[^/]*");
                    break;
                case '?':
                    regex.Append("[^/]");
                    break;
                case '[':
                    var end = pattern.IndexOf(']', at + 1);
                    if (end <= at + 1 || pattern.AsSpan(at + 1, end - at - 1).IndexOfAny(['[', '\\', '&', '/']) >= 0) return null;
                    regex.Append(pattern.AsSpan(at, end - at + 1));
                    at = end;
                    break;
                case '\\':
                    if (++at == pattern.Length) return null;
                    regex.Append(Regex.Escape(pattern[at].ToString()));
                    break;
                default:
                    regex.Append(Regex.Escape(pattern[at].ToString()));
                    break;
            }
        }
        try
        {
            // What is below a folder that fits is ignored with it. This kind of matching takes time that goes with the length of the path, whatever the pattern.
            return new Regex(regex.Append(@")(?:/.*)?\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
