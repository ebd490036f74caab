using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>First line and fields of an HTTP/1.1 message, as a value. Fields that come twice are joined by a comma, as lists are.
/// https://www.rfc-editor.org/rfc/rfc9112#section-2.1</summary>
internal sealed class HttpHead
{
    /// <summary>Longest head, in bytes. Browsers send under one thousand, and cookies are none of ours.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>Most fields; browsers send under twenty.</summary>
    public const int MaxFields = 64;

    private readonly Dictionary<string, string> fields = new(StringComparer.OrdinalIgnoreCase);

    private HttpHead(string startLine) => StartLine = startLine;

    /// <summary>Request line or status line.</summary>
    public string StartLine { get; }

    /// <summary>Value of a field, empty when it is not there.</summary>
    public string this[string field] => fields.GetValueOrDefault(field, "");

    /// <summary>True when the comma-separated value of a field has this word, in any case.</summary>
    public bool Lists(string field, string word) =>
        this[field].Split(',', StringSplitOptions.TrimEntries).Contains(word, StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a head from the front of the bytes.</summary>
    /// <returns>Done, NeedMoreData, or InvalidData when it is too long or malformed.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> source, [NotNullWhen(true)] out HttpHead? head, out int consumed)
    {
        head = null;
        consumed = 0;
        var end = source[..Math.Min(source.Length, MaxLength)].IndexOf("\r\n\r\n"u8);
        if (end < 0) return source.Length >= MaxLength ? OperationStatus.InvalidData : OperationStatus.NeedMoreData;
        var lines = Encoding.Latin1.GetString(source[..end]).Split("\r\n");
        if (lines.Length - 1 > MaxFields || lines.Any(line => line.Any(c => c != '\t' && char.IsControl(c)))) return OperationStatus.InvalidData;
        var result = new HttpHead(lines[0]);
        foreach (var line in lines.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1 || line.AsSpan(0, colon).ContainsAny(' ', '\t')) return OperationStatus.InvalidData;
            var (name, value) = (line[..colon], line[(colon + 1)..].Trim(' ', '\t'));
            result.fields[name] = result.fields.TryGetValue(name, out var before) ? $"{before},{value}" : value;
        }
        head = result;
        consumed = end + 4;
        return OperationStatus.Done;
    }
}
