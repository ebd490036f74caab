namespace Pyrsia.Builds.Assembling;

/// <summary>Names of entries in a layer, as strings of bytes.</summary>
internal static class LayerName
{
    /// <summary>Longest name in bytes: what Linux takes for a path.</summary>
    internal const int MaxBytes = 4095;

    /// <summary>Longest segment in bytes.</summary>
    private const int MaxSegmentBytes = 255;

    /// <summary>Reads a name as tar writes it; empty for the root (<c>./</c>).</summary>
    /// <exception cref="ImageRefusedException">It is absolute, climbs, or is too long.</exception>
    internal static string Parse(string raw)
    {
        var name = raw.TrimEnd('/');
        while (name.StartsWith("./", StringComparison.Ordinal)) name = name[2..];
        if (name == "." || (name.Length == 0 && raw is "./" or "/")) return "";
        if (name.Length is 0 or > MaxBytes || name.Contains('\0', StringComparison.Ordinal)) throw new ImageRefusedException($"A layer has an entry of which the name is empty or longer than {MaxBytes} bytes.");
        foreach (var segment in name.Split('/'))
        {
            if (segment is "" or "." or ".." || segment.Length > MaxSegmentBytes)
                throw new ImageRefusedException($"A layer has an entry '{name}', which is absolute, climbs, or has a part that no file system takes.");
        }
        return name;
    }
}
