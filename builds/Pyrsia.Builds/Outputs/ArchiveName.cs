using System.Text;

namespace Pyrsia.Builds.Outputs;

/// <summary>Which names of archive entries are taken, and which links stay in their tree.</summary>
internal static class ArchiveName
{
    /// <summary>Longest name in bytes of UTF-8.</summary>
    internal const int MaxBytes = 1024;

    /// <summary>Longest segment in bytes: what file systems take.</summary>
    private const int MaxSegmentBytes = 255;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a name as tar writes it; empty for the root of the tree (<c>./</c>).</summary>
    /// <exception cref="OutputRefusedException">It is not taken.</exception>
    internal static string Parse(ReadOnlySpan<byte> raw)
    {
        var name = Text(raw);
        if (name.StartsWith('/')) throw new OutputRefusedException(OutputRefusal.AbsoluteName, name);
        var inner = name;
        while (inner.StartsWith("./", StringComparison.Ordinal)) inner = inner[2..];
        inner = inner.TrimEnd('/');
        if (inner.Length == 0 || inner == ".") return name.Length > 0 ? "" : throw new OutputRefusedException(OutputRefusal.BadName, name);
        foreach (var segment in inner.Split('/'))
        {
            if (segment == "..") throw new OutputRefusedException(OutputRefusal.ClimbingName, name);
            if (segment is "" or "." || Encoding.UTF8.GetByteCount(segment) > MaxSegmentBytes) throw new OutputRefusedException(OutputRefusal.BadName, name);
        }
        return inner;
    }

    /// <summary>The text of a link's target.</summary>
    /// <exception cref="OutputRefusedException">It is no name.</exception>
    internal static string Text(ReadOnlySpan<byte> raw)
    {
        if (raw.Length > MaxBytes) throw new OutputRefusedException(OutputRefusal.BadName, $"{Encoding.UTF8.GetString(raw[..64])}...");
        try
        {
            var name = Strict.GetString(raw);
            return name.Any(char.IsControl) ? throw new OutputRefusedException(OutputRefusal.BadName, Encoding.ASCII.GetString(raw)) : name;
        }
        catch (DecoderFallbackException)
        {
            throw new OutputRefusedException(OutputRefusal.BadName, Encoding.Latin1.GetString(raw));
        }
    }

    /// <summary>
    /// Whether a symbolic link leads to a place in its own tree, whatever other links there are: it may climb at its start only, from a directory that is no link, and by names
    /// only from there. <c>a/../..</c> would climb from wherever <c>a</c> leads to.
    /// </summary>
    /// <param name="name">Name of the link.</param>
    /// <param name="target">What it says.</param>
    internal static bool StaysInside(string name, string target)
    {
        var segments = target.Split('/');
        var climbs = segments.TakeWhile(s => s == "..").Count();
        return target.Length > 0 && climbs <= name.Count(c => c == '/') && segments.Skip(climbs).All(s => s is not ("" or ".."));
    }
}
