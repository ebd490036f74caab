using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Pyrsia.Provenance.Formats;

/// <summary>A recursive reader that fails (returns null) at the first byte that the canonical writer would not have written.</summary>
internal ref struct CanonicalJsonReader(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _depth;

    /// <summary>Where the reader stands or stopped.</summary>
    public int Position { get; private set; }

    public CanonicalValue? ReadDocument()
    {
        var value = ReadValue();
        return Position == _bytes.Length ? value : null;
    }

    private readonly int Peek() => Position < _bytes.Length ? _bytes[Position] : -1;

    private bool Take(char expected)
    {
        if (Peek() != expected)
            return false;
        Position++;
        return true;
    }

    private CanonicalValue? ReadValue()
    {
        switch (Peek())
        {
            case '"':
                return ReadString() is { } text ? new CanonicalString(text) : null;
            case '{':
                return Nested(isObject: true);
            case '[':
                return Nested(isObject: false);
            case 't':
                return Literal("true"u8) ? new CanonicalBoolean(true) : null;
            case 'f':
                return Literal("false"u8) ? new CanonicalBoolean(false) : null;
            case '-' or (>= '0' and <= '9'):
                return ReadInteger();
            default:
                return null;
        }
    }

    private CanonicalValue? Nested(bool isObject)
    {
        if (_depth == CanonicalJson.MaxDepth)
            return null;
        _depth++;
        Position++;
        CanonicalValue? value = isObject ? ReadObject() : ReadArray();
        _depth--;
        return value;
    }

    private CanonicalObject? ReadObject()
    {
        var members = ImmutableSortedDictionary.CreateBuilder<string, CanonicalValue>(StringComparer.Ordinal);
        string? last = null;
        if (Take('}'))
            return new CanonicalObject(members.ToImmutable());
        do
        {
            var name = ReadString();
            if (name is null || (last is not null && string.CompareOrdinal(last, name) >= 0) || !Take(':'))
                return null;
            if (ReadValue() is not { } value)
                return null;
            members.Add(name, value);
            last = name;
        }
        while (Take(','));
        return Take('}') ? new CanonicalObject(members.ToImmutable()) : null;
    }

    private CanonicalArray? ReadArray()
    {
        var items = ImmutableArray.CreateBuilder<CanonicalValue>();
        if (Take(']'))
            return new CanonicalArray([]);
        do
        {
            if (ReadValue() is not { } value)
                return null;
            items.Add(value);
        }
        while (Take(','));
        return Take(']') ? new CanonicalArray(items.ToImmutable()) : null;
    }

    private bool Literal(ReadOnlySpan<byte> word)
    {
        if (!_bytes[Position..].StartsWith(word))
            return false;
        Position += word.Length;
        return true;
    }

    private CanonicalInteger? ReadInteger()
    {
        const int longestInteger = 16; // digits of 2^53 - 1
        var start = Position;
        if (Peek() == '-')
            Position++;
        var digits = Position;
        while (Peek() is >= '0' and <= '9')
            Position++;
        var length = Position - digits;
        if (length is 0 or > longestInteger || (_bytes[digits] == '0' && (length > 1 || digits > start)))
            return null;
        var value = long.Parse(_bytes[start..Position], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return value is <= CanonicalJson.MaxInteger and >= -CanonicalJson.MaxInteger ? new CanonicalInteger(value) : null;
    }

    private string? ReadString()
    {
        if (!Take('"'))
            return null;
        // Most strings have no escape and are one run: nothing is put together for them.
        StringBuilder? text = null;
        while (true)
        {
            var raw = _bytes[Position..];
            var plain = raw.IndexOfAny((byte)'"', (byte)'\\');
            if (plain < 0 || raw[..plain].IndexOfAnyInRange((byte)0, (byte)0x1f) >= 0)
                return null;
            string run;
            try
            {
                run = Utf8.GetString(raw[..plain]);
            }
            catch (DecoderFallbackException)
            {
                return null;
            }

            Position += plain + 1;
            if (raw[plain] == '"')
                return text is null ? run : text.Append(run).ToString();
            if (ReadEscape() is not { } escaped)
                return null;
            text = (text ?? new StringBuilder()).Append(run).Append(escaped);
        }
    }

    private char? ReadEscape()
    {
        var code = Peek();
        Position++;
        return code switch
        {
            '"' => '"',
            '\\' => '\\',
            'b' => '\b',
            't' => '\t',
            'n' => '\n',
            'f' => '\f',
            'r' => '\r',
            'u' => ReadControl(),
            _ => null,
        };
    }

    /// <summary>Only <c>\u00xx</c> of a control character without a short escape is canonical, in lower case.</summary>
    private char? ReadControl()
    {
        if (_bytes.Length - Position < 4)
            return null;
        var digits = _bytes.Slice(Position, 4);
        var value = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiHexDigitLower((char)digit))
                return null;
            value = (value << 4) | (digit <= '9' ? digit - '0' : digit - 'a' + 10);
        }

        Position += 4;
        return (char)value is < ' ' and not ('\b' or '\t' or '\n' or '\f' or '\r') ? (char)value : null;
    }
}
