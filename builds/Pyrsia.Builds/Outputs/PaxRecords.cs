using System.Globalization;
using System.Text;

namespace Pyrsia.Builds.Outputs;

/// <summary>The records of a pax header: <c>LENGTH KEY=VALUE\n</c>, LENGTH in decimal and of the whole record.</summary>
/// <seealso href="https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03"/>
internal static class PaxRecords
{
    /// <summary>Most digits of a length: headers are far shorter.</summary>
    private const int MaxLengthDigits = 5;

    /// <summary>Reads them; the last of a key counts. Null when they are malformed.</summary>
    internal static Dictionary<string, byte[]>? Read(ReadOnlySpan<byte> content)
    {
        var records = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        while (!content.IsEmpty)
        {
            var space = content.IndexOf((byte)' ');
            if (space is <= 0 or > MaxLengthDigits || !int.TryParse(content[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length <= space + 1 || length > content.Length || content[length - 1] != '\n') return null;
            var record = content[(space + 1)..(length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals <= 0) return null;
            records[Encoding.Latin1.GetString(record[..equals])] = record[(equals + 1)..].ToArray();
            content = content[length..];
        }
        return records;
    }

    /// <summary>Writes one record.</summary>
    internal static byte[] Write(string key, ReadOnlySpan<byte> value)
    {
        var rest = key.Length + value.Length + 3; // space, equals sign and line end
        var length = rest + Digits(rest);
        length = rest + Digits(length);
        return [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{length} {key}=")), .. value, (byte)'\n'];
    }

    /// <summary>A whole number of decimal digits; null when it is none.</summary>
    internal static long? Number(ReadOnlySpan<byte> text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;
}
