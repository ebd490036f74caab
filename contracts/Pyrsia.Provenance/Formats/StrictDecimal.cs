using System.Globalization;

namespace Pyrsia.Provenance.Formats;

/// <summary>Decimal numbers as C2SP formats write them: ASCII digits, no sign, no leading zero unless the number is 0.</summary>
public static class StrictDecimal
{
    /// <summary>Parses a number from 0 to <see cref="long.MaxValue"/>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        if (text.IsEmpty || (text[0] == '0' && text.Length > 1) || !IsDigits(text))
            return false;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Whether there is nothing but ASCII digits. The parsers of the platform let NUL characters follow a number.</summary>
    internal static bool IsDigits(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');
}
