using System.Globalization;

namespace Pyrsia.Cli.Output;

/// <summary>Numbers as people read them, and words as shells do.</summary>
internal static class Words
{
    private const long Kilo = 1000;

    public static string Bytes(long bytes) => bytes switch
    {
        >= Kilo * Kilo * Kilo => Number(bytes / (double)(Kilo * Kilo * Kilo), "GB"),
        >= Kilo * Kilo => Number(bytes / (double)(Kilo * Kilo), "MB"),
        >= Kilo => Number(bytes / (double)Kilo, "kB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
    };

    public static string Age(TimeSpan age) => age switch
    {
        { TotalDays: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{(long)age.TotalDays} days"),
        { TotalHours: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{(long)age.TotalHours} hours"),
        { TotalMinutes: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{(long)age.TotalMinutes} minutes"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)age.TotalSeconds} seconds"),
    };

    /// <summary>A text of somebody else, without the characters that move a terminal's cursor.</summary>
    public static string Printable(string text) => new([.. text.Select(c => c is '\n' or '\t' || !char.IsControl(c) ? c : '?')]);

    /// <summary>A text as one word of a POSIX shell, whatever is in it.</summary>
    public static string ShellWord(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or ':' or '@' or '+' or '=') ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>A time in universal time.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads a span such as <c>90s</c>, <c>30m</c>, <c>24h</c> or <c>7d</c>; a bare number is seconds.</summary>
    public static bool TryParseSpan(string text, out TimeSpan span)
    {
        span = default;
        var (number, unit) = text is [.. var front, 's' or 'm' or 'h' or 'd'] ? (front, text[^1]) : (text, 's');
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return false;
        span = unit switch
        {
            'm' => TimeSpan.FromMinutes(count),
            'h' => TimeSpan.FromHours(count),
            'd' => TimeSpan.FromDays(Math.Min(count, TimeSpan.MaxValue.Days)),
            _ => TimeSpan.FromSeconds(count),
        };
        return true;
    }

    private static string Number(double value, string unit) => value.ToString("0.#", CultureInfo.InvariantCulture) + " " + unit;
}
