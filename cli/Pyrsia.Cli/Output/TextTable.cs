namespace Pyrsia.Cli.Output;

/// <summary>Rows in columns that are as wide as their longest cell.</summary>
internal static class TextTable
{
    public static IEnumerable<string> Format(IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var all = new[] { header }.Concat(rows).ToArray();
        var widths = Enumerable.Range(0, header.Count).Select(column => all.Max(row => row[column].Length)).ToArray();
        return all.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}
