using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Pyrsia.Keys;

/// <summary>Names a key in a token: <c>pkcs11:token=a1;object=vote?module-path=/usr/lib/softhsm/libsofthsm2.so</c>.</summary>
/// <remarks>Of RFC 7512 it takes token, serial, object, id, type=private and module-path; an attribute that would be left unheeded is refused, a PIN too. The library's own
/// class takes an empty id, and fails on half an octet.</remarks>
/// <seealso href="https://www.rfc-editor.org/rfc/rfc7512"/>
public sealed class TokenUri
{
    /// <summary>What each such URI starts with.</summary>
    public const string Scheme = "pkcs11:";

    private string? _token;
    private string? _serial;

    private TokenUri()
    {
    }

    /// <summary>Path of the token's module.</summary>
    public string ModulePath { get; private set; } = "";

    /// <summary>The key's label; null where it is named by its id alone.</summary>
    public byte[]? Label { get; private set; }

    /// <summary>The key's id; null where it is named by its label alone.</summary>
    public byte[]? Id { get; private set; }

    /// <summary>Reads a URI.</summary>
    /// <param name="text">The URI.</param>
    /// <param name="uri">The URI, taken apart.</param>
    /// <param name="error">What is wrong with it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out TokenUri? uri, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        (uri, error) = (null, null);
        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            error = $"it does not start with {Scheme}";
            return false;
        }
        var made = new TokenUri();
        var (path, query) = Split(text[Scheme.Length..], '?');
        foreach (var part in path.Split(';', StringSplitOptions.RemoveEmptyEntries)) error ??= made.TakePath(Split(part, '='));
        foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries)) error ??= made.TakeQuery(Split(part, '='));
        if (made._token is null && made._serial is null) error ??= "it names no token: give token=LABEL or serial=NUMBER";
        if (made.Label is null && made.Id is null) error ??= "it names no key: give object=LABEL or id=%01";
        if (!Path.IsPathFullyQualified(made.ModulePath)) error ??= "it names no module: give ?module-path=/PATH/TO/MODULE.so";
        if (error is not null) return false;
        uri = made;
        return true;
    }

    /// <summary>The key, without the module: what a message says.</summary>
    public override string ToString() => string.Join(';', Named());

    /// <summary>Whether this is the token's label and serial number.</summary>
    internal bool IsToken(string label, string serial) => (_token is null || label == _token) && (_serial is null || serial == _serial);

    private IEnumerable<string> Named()
    {
        if (_token is not null) yield return $"token={_token}";
        if (_serial is not null) yield return $"serial={_serial}";
        if (Label is not null) yield return $"object={Encoding.UTF8.GetString(Label)}";
        if (Id is not null) yield return "id=" + string.Concat(Id.Select(octet => $"%{octet:x2}"));
    }

    private string? TakePath((string Name, string Value) attribute)
    {
        switch (attribute.Name)
        {
            case "token": _token = Uri.UnescapeDataString(attribute.Value); return null;
            case "serial": _serial = Uri.UnescapeDataString(attribute.Value); return null;
            case "object": Label = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(attribute.Value)); return null;
            case "id": return (Id = Octets(attribute.Value)) is null ? $"'{attribute.Value}' is no id: write its bytes as %01%02" : null;
            case "type" when attribute.Value == "private": return null;
            default: return $"its attribute '{attribute.Name}' is not understood";
        }
    }

    private string? TakeQuery((string Name, string Value) attribute)
    {
        if (attribute.Name is "pin-value" or "pin-source") return "the PIN does not belong into it: set PYRSIA_TOKEN_PIN, or give --token-pin @FILE";
        if (attribute.Name != "module-path") return $"its attribute '{attribute.Name}' is not understood";
        ModulePath = Uri.UnescapeDataString(attribute.Value);
        return null;
    }

    /// <summary>Bytes, each as %XX or as the ASCII character that it is.</summary>
    private static byte[]? Octets(string text)
    {
        var bytes = new List<byte>();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '%' && char.IsAscii(text[at])) bytes.Add((byte)text[at]);
            else if (text[at] == '%' && at + 2 < text.Length && byte.TryParse(text.AsSpan(at + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var octet))
            {
                bytes.Add(octet);
                at += 2;
            }
            else return null;
        }
        return bytes.Count > 0 ? [.. bytes] : null;
    }

    private static (string Before, string After) Split(string text, char separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);
    }
}
