using System.Globalization;
using System.Text;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Provenance.Merkle;

/// <summary>What a path of the tlog-tiles interface names.</summary>
public enum TileKind
{
    /// <summary>The newest checkpoint.</summary>
    Checkpoint,

    /// <summary>A tile of up to 256 hashes.</summary>
    Hashes,

    /// <summary>A bundle of up to 256 entries.</summary>
    Entries,
}

/// <summary>
/// A resource of a C2SP tlog-tiles log: <c>checkpoint</c>, <c>tile/&lt;L&gt;/&lt;N&gt;[.p/&lt;W&gt;]</c> or
/// <c>tile/entries/&lt;N&gt;[.p/&lt;W&gt;]</c>; N in groups of three digits, all but the last led by an x.
/// https://c2sp.org/tlog-tiles
/// </summary>
public readonly record struct TilePath(TileKind Kind, int Level, long Index, int Width)
{
    /// <summary>Hashes in a full tile, entries in a full bundle.</summary>
    public const int FullWidth = 256;

    /// <summary>Levels that a tile step climbs: 2^8 = 256.</summary>
    public const int Height = 8;

    /// <summary>The top tile level of a tree of less than 2^63 leaves.</summary>
    public const int MaxLevel = 7;

    /// <summary>The longest path: <c>tile/entries/</c>, seven groups with x, a partial width.</summary>
    public const int MaxLength = 64;

    /// <summary>The checkpoint's path.</summary>
    public static TilePath Checkpoint { get; } = new(TileKind.Checkpoint, 0, 0, 0);

    /// <summary>Whether this is a partial tile or bundle.</summary>
    public bool IsPartial => Kind != TileKind.Checkpoint && Width != FullWidth;

    /// <summary>The full tile that replaces a partial one once it exists.</summary>
    public TilePath Full => Kind == TileKind.Checkpoint ? this : this with { Width = FullWidth };

    /// <summary>A tile of hashes.</summary>
    public static TilePath Hashes(int level, long index, int width = FullWidth) => new(TileKind.Hashes, level, index, width);

    /// <summary>A bundle of entries.</summary>
    public static TilePath Entries(long index, int width = FullWidth) => new(TileKind.Entries, 0, index, width);

    /// <summary>The width that tile <paramref name="index"/> at <paramref name="level"/> has in a tree of <paramref name="size"/> leaves; 0 when it has none.</summary>
    public static int WidthAt(int level, long index, long size)
    {
        var nodes = size >> (Height * level);
        var first = index * FullWidth;
        return (int)Math.Clamp(nodes - first, 0, FullWidth);
    }

    /// <summary>Parses a path without a leading slash. One resource has one spelling; everything else is refused.</summary>
    public static bool TryParse(string? text, out TilePath path)
    {
        path = default;
        if (text is null || text.Length > MaxLength)
            return false;
        if (text == "checkpoint")
        {
            path = Checkpoint;
            return true;
        }

        var parts = text.Split('/');
        if (parts.Length < 3 || parts[0] != "tile")
            return false;
        var kind = parts[1] == "entries" ? TileKind.Entries : TileKind.Hashes;
        var level = 0;
        if (kind == TileKind.Hashes && (parts[1].Length != 1 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out level) || level > MaxLevel))
            return false;
        var last = parts.Length - 1;
        var width = FullWidth;
        if (last >= 3 && parts[last - 1].EndsWith(".p", StringComparison.Ordinal))
        {
            if (!TryWidth(parts[last], out width))
                return false;
            last--;
            parts[last] = parts[last][..^2];
        }

        if (!TryIndex(parts.AsSpan(2, last - 1), out var index))
            return false;
        path = new TilePath(kind, level, index, width);
        return true;
    }

    /// <summary>The path, without a leading slash.</summary>
    public override string ToString()
    {
        if (Kind == TileKind.Checkpoint)
            return "checkpoint";
        var text = new StringBuilder("tile/", MaxLength);
        if (Kind == TileKind.Entries)
            text.Append("entries/");
        else
            text.Append(Level).Append('/');
        AppendIndex(text, Index);
        if (IsPartial)
            text.Append(".p/").Append(Width);
        return text.ToString();
    }

    private static void AppendIndex(StringBuilder text, long index)
    {
        if (index >= 1000)
            AppendGroups(text, index / 1000);
        text.Append((index % 1000).ToString("000", CultureInfo.InvariantCulture));
    }

    private static void AppendGroups(StringBuilder text, long index)
    {
        if (index >= 1000)
            AppendGroups(text, index / 1000);
        text.Append('x').Append((index % 1000).ToString("000", CultureInfo.InvariantCulture)).Append('/');
    }

    private static bool TryWidth(string text, out int width) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out width)
        && StrictDecimal.IsDigits(text)
        && text[0] != '0' && width is >= 1 and < FullWidth;

    private static bool TryIndex(ReadOnlySpan<string> groups, out long index)
    {
        index = 0;
        const int maxGroups = 6; // 10^18 tiles hold more leaves than 2^63
        if (groups.IsEmpty || groups.Length > maxGroups)
            return false;
        for (var i = 0; i < groups.Length; i++)
        {
            var group = groups[i].AsSpan();
            if (i < groups.Length - 1)
            {
                if (group.IsEmpty || group[0] != 'x')
                    return false;
                group = group[1..];
            }

            if (group.Length != 3 || !StrictDecimal.IsDigits(group) || !int.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                return false;
            if (i == 0 && groups.Length > 1 && value == 0)
                return false;
            index = (index * 1000) + value;
        }

        return index <= long.MaxValue / FullWidth;
    }
}
