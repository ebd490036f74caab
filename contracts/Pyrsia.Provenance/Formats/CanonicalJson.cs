using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Pyrsia.Provenance.Formats;

/// <summary>
/// Writes and reads canonical JSON (the subset of RFC 8785 described at <see cref="CanonicalValue"/>). The reader accepts only
/// what the writer writes, so a document has exactly one spelling and every byte of it counts.
/// </summary>
public static class CanonicalJson
{
    /// <summary>How deep objects and arrays may nest; SLSA provenance needs seven.</summary>
    public const int MaxDepth = 32;

    /// <summary>The largest integer that every JSON reader keeps exact: 2^53 - 1.</summary>
    public const long MaxInteger = (1L << 53) - 1;

    /// <summary>The canonical bytes of a value, without a final newline.</summary>
    public static byte[] Write(CanonicalValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var text = new StringBuilder();
        Append(text, value);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Reads a canonical document of at most <paramref name="maxBytes"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, int maxBytes, [NotNullWhen(true)] out CanonicalValue? value, [NotNullWhen(false)] out string? error)
    {
        value = null;
        if (bytes.Length > maxBytes)
        {
            error = string.Create(CultureInfo.InvariantCulture, $"longer than {maxBytes} bytes");
            return false;
        }

        var reader = new CanonicalJsonReader(bytes);
        value = reader.ReadDocument();
        error = value is null ? string.Create(CultureInfo.InvariantCulture, $"not canonical JSON at byte {reader.Position}") : null;
        return value is not null;
    }

    private static void Append(StringBuilder text, CanonicalValue value)
    {
        switch (value)
        {
            case CanonicalString s:
                AppendString(text, s.Value);
                break;
            case CanonicalInteger i:
                if (i.Value is > MaxInteger or < -MaxInteger)
                    throw new ArgumentException("an integer beyond 2^53 - 1 has no canonical form", nameof(value));
                text.Append(CultureInfo.InvariantCulture, $"{i.Value}");
                break;
            case CanonicalBoolean b:
                text.Append(b.Value ? "true" : "false");
                break;
            case CanonicalArray array:
                AppendArray(text, array);
                break;
            case CanonicalObject o:
                AppendObject(text, o);
                break;
            default:
                throw new ArgumentException("unknown kind of value", nameof(value));
        }
    }

    private static void AppendArray(StringBuilder text, CanonicalArray array)
    {
        text.Append('[');
        for (var i = 0; i < array.Items.Length; i++)
        {
            if (i > 0)
                text.Append(',');
            Append(text, array.Items[i]);
        }

        text.Append(']');
    }

    private static void AppendObject(StringBuilder text, CanonicalObject o)
    {
        text.Append('{');
        var first = true;
        foreach (var (name, value) in o.Members)
        {
            if (!first)
                text.Append(',');
            first = false;
            AppendString(text, name);
            text.Append(':');
            Append(text, value);
        }

        text.Append('}');
    }

    private static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (char.IsSurrogate(c))
            {
                if (i + 1 >= value.Length || !char.IsSurrogatePair(c, value[i + 1]))
                    throw new ArgumentException("a lone surrogate has no canonical form", nameof(value));
                text.Append(c).Append(value[++i]);
                continue;
            }

            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
