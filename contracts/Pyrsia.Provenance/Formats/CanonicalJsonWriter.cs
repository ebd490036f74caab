using System.Buffers;
using System.Globalization;
using System.Text;

namespace Pyrsia.Provenance.Formats;

/// <summary>Writes canonical JSON into memory that is used again: every entry of a log is written once to be compared with what was read.</summary>
internal ref struct CanonicalJsonWriter()
{
    /// <summary>Bytes to begin with: most statements fit, few need as many again.</summary>
    private const int FirstCapacity = 4096;

    /// <summary>Bytes of the longest integer with its sign.</summary>
    private const int LongestInteger = 17;

    /// <summary>What cannot stand for itself, or has to be looked at: quote, backslash, control characters and surrogates.</summary>
    private static readonly SearchValues<char> Special = SearchValues.Create(
        string.Concat(Enumerable.Range(0, ' ').Append('"').Append('\\').Concat(Enumerable.Range(0xd800, 0x800)).Select(c => (char)c)));

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstCapacity);
    private int _length;

    /// <summary>What was written; gone when the writer is disposed.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>Writes a value.</summary>
    /// <exception cref="ArgumentException">It has no canonical form.</exception>
    public void Append(CanonicalValue value)
    {
        switch (value)
        {
            case CanonicalString s:
                AppendString(s.Value);
                break;
            case CanonicalInteger i:
                AppendInteger(i.Value);
                break;
            case CanonicalBoolean b:
                Append(b.Value ? "true"u8 : "false"u8);
                break;
            case CanonicalArray array:
                AppendArray(array);
                break;
            case CanonicalObject o:
                AppendObject(o);
                break;
            default:
                throw new ArgumentException("unknown kind of value", nameof(value));
        }
    }

    /// <summary>Gives the memory back.</summary>
    public readonly void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void AppendInteger(long value)
    {
        if (value is > CanonicalJson.MaxInteger or < -CanonicalJson.MaxInteger)
            throw new ArgumentException("an integer beyond 2^53 - 1 has no canonical form", nameof(value));
        _ = value.TryFormat(Room(LongestInteger), out var written, default, CultureInfo.InvariantCulture);
        _length += written;
    }

    private void AppendArray(CanonicalArray array)
    {
        Append("["u8);
        for (var i = 0; i < array.Items.Length; i++)
        {
            if (i > 0)
                Append(","u8);
            Append(array.Items[i]);
        }

        Append("]"u8);
    }

    private void AppendObject(CanonicalObject o)
    {
        Append("{"u8);
        var first = true;
        foreach (var (name, value) in o.Members)
        {
            if (!first)
                Append(","u8);
            first = false;
            AppendString(name);
            Append(":"u8);
            Append(value);
        }

        Append("}"u8);
    }

    private void AppendString(ReadOnlySpan<char> text)
    {
        Append("\""u8);
        while (text.IndexOfAny(Special) is var plain and >= 0)
        {
            AppendPlain(text[..plain]);
            text = text[plain..];
            if (char.IsSurrogate(text[0]))
            {
                if (text.Length == 1 || !char.IsSurrogatePair(text[0], text[1]))
                    throw new ArgumentException("a lone surrogate has no canonical form", nameof(text));
                AppendPlain(text[..2]);
                text = text[2..];
                continue;
            }

            AppendEscaped(text[0]);
            text = text[1..];
        }

        AppendPlain(text);
        Append("\""u8);
    }

    private void AppendEscaped(char c)
    {
        switch (c)
        {
            case '"':
                Append("\\\""u8);
                break;
            case '\\':
                Append("\\\\"u8);
                break;
            case '\b':
                Append("\\b"u8);
                break;
            case '\t':
                Append("\\t"u8);
                break;
            case '\n':
                Append("\\n"u8);
                break;
            case '\f':
                Append("\\f"u8);
                break;
            case '\r':
                Append("\\r"u8);
                break;
            default:
                Append("\\u"u8);
                _ = ((int)c).TryFormat(Room(4), out var written, "x4", CultureInfo.InvariantCulture);
                _length += written;
                break;
        }
    }

    private void AppendPlain(ReadOnlySpan<char> text) => _length += Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetByteCount(text)));

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>What is free, at least so much.</summary>
    private Span<byte> Room(int bytes)
    {
        if (_buffer.Length - _length < bytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(_length + bytes), (int)Math.Min(Array.MaxLength, 2L * _buffer.Length)));
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsSpan(_length);
    }
}
