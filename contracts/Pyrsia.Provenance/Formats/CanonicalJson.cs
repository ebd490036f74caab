using System.Diagnostics.CodeAnalysis;
using System.Globalization;

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
        var writer = new CanonicalJsonWriter();
        try
        {
            writer.Append(value);
            return writer.Written.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
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
}
