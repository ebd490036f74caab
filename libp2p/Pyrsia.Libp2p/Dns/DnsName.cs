using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>Domain names as they stand in messages: labels, each with its length before it, up to an empty one. https://www.rfc-editor.org/rfc/rfc1035#section-3.1</summary>
internal static class DnsName
{
    /// <summary>Longest label, in bytes.</summary>
    public const int MaxLabelLength = 63;

    private const int MaxLength = 255;

    /// <summary>Writes a name.</summary>
    /// <returns>False when the text is no name that DNS can carry.</returns>
    public static bool TryEncode(string name, [NotNullWhen(true)] out byte[]? encoded)
    {
        encoded = null;
        var labels = name.TrimEnd('.').Split('.');
        if (labels.Any(l => l.Length is 0 or > MaxLabelLength || !Ascii.IsValid(l))) return false;
        var length = labels.Sum(l => l.Length + 1) + 1;
        if (length > MaxLength) return false;
        encoded = new byte[length];
        var at = 0;
        foreach (var label in labels)
        {
            encoded[at++] = (byte)label.Length;
            at += Encoding.ASCII.GetBytes(label, encoded.AsSpan(at));
        }
        return true;
    }

    /// <summary>Reads a name: labels up to an empty one, or up to a pointer to an earlier place. Since each pointer goes back, the walk ends.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, ref int at, out string name)
    {
        name = "";
        var text = new StringBuilder();
        var (position, earliest, followed) = (at, at, false);
        while (position < message.Length)
        {
            var length = message[position];
            if (length == 0)
            {
                if (!followed) at = position + 1;
                name = text.ToString();
                return true;
            }
            if (length >= 0xc0)
            {
                if (position + 1 >= message.Length) return false;
                var target = ((length & 0x3f) << 8) | message[position + 1];
                if (target >= earliest) return false;
                if (!followed) at = position + 2;
                (position, earliest, followed) = (target, target, true);
                continue;
            }
            if (length > MaxLabelLength || position + 1 + length > message.Length || text.Length + length + 1 > MaxLength) return false;
            var label = message.Slice(position + 1, length);
            // A dot inside a label would make two names one; bytes beyond ASCII belong to no host name.
            if (label.Contains((byte)'.') || !Ascii.IsValid(label)) return false;
            if (text.Length > 0) text.Append('.');
            text.Append(Encoding.ASCII.GetString(label));
            position += 1 + length;
        }
        return false;
    }
}
