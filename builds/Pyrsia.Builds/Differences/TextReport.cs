using System.Globalization;

namespace Pyrsia.Builds.Differences;

/// <summary>
/// In which lines two texts differ. What both begin and end with is left out and the lines between are set side by side: enough for a pom with another
/// time or version in it, and no search for the smallest difference, which would cost the product of the lengths.
/// </summary>
public static class TextReport
{
    /// <summary>Longest part of a line that is told, in characters.</summary>
    private const int MaxShown = 200;

    /// <summary>Compares two texts.</summary>
    /// <param name="first">The one.</param>
    /// <param name="second">The other.</param>
    /// <param name="most">Most lines that are told.</param>
    public static IReadOnlyList<EntryDifference> Compare(string first, string second, int most)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var (one, other) = (first.Split('\n'), second.Split('\n'));
        var start = 0;
        while (start < one.Length && start < other.Length && one[start] == other[start]) start++;
        var end = 0;
        while (end < one.Length - start && end < other.Length - start && one[^(end + 1)] == other[^(end + 1)]) end++;
        return [.. Enumerable.Range(start, Math.Max(one.Length, other.Length) - end - start).Select(i => Line(i, At(one, i, end), At(other, i, end))).OfType<EntryDifference>().Take(most)];
    }

    private static string? At(string[] lines, int index, int end) => index < lines.Length - end ? lines[index] : null;

    private static EntryDifference? Line(int index, string? first, string? second)
    {
        if (first == second) return null;
        var name = string.Create(CultureInfo.InvariantCulture, $"line {index + 1}");
        return first is null ? new EntryDifference(name, EntryDifferenceKind.OnlyInSecond, Shown(second!))
            : second is null ? new EntryDifference(name, EntryDifferenceKind.OnlyInFirst, Shown(first))
            : new EntryDifference(name, EntryDifferenceKind.Content, $"'{Shown(first)}' and '{Shown(second)}'");
    }

    private static string Shown(string line) => line.Trim() is var text && text.Length > MaxShown ? text[..MaxShown] + "..." : text;
}
