using System.Buffers;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>One line of multistream-select: uvarint length, text, newline; the length counts the newline.
/// https://github.com/multiformats/multistream-select</summary>
internal static class MultistreamMessage
{
    /// <summary>First line of both sides.</summary>
    public const string Header = "/multistream/1.0.0";

    /// <summary>Bytes of the first line, with its length and its newline.</summary>
    public static readonly int HeaderLength = Header.Length + 2;

    /// <summary>Refusal of a proposal.</summary>
    public const string NotAvailable = "na";

    /// <summary>Question for the list of protocols; optional, answered with a refusal.</summary>
    public const string List = "ls";

    /// <summary>Longest line, in bytes with its newline. Protocol ids have tens of bytes; other implementations stop at the same length.</summary>
    public const int MaxLength = 1024;

    /// <summary>Reads a line from the front of the bytes.</summary>
    /// <returns>Done, NeedMoreData, or InvalidData when it is too long or has no newline at its end.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> source, out string line, out int consumed)
    {
        line = "";
        consumed = 0;
        var status = Uvarint.Read(source, out var length, out var prefix);
        if (status != OperationStatus.Done) return status;
        if (length is 0 or > MaxLength) return OperationStatus.InvalidData;
        if (source.Length - prefix < (int)length) return OperationStatus.NeedMoreData;
        var text = source.Slice(prefix, (int)length);
        if (text[^1] != (byte)'\n' || !System.Text.Unicode.Utf8.IsValid(text)) return OperationStatus.InvalidData;
        line = Encoding.UTF8.GetString(text[..^1]);
        consumed = prefix + (int)length;
        return OperationStatus.Done;
    }

    /// <summary>Appends a line.</summary>
    public static void Append(IBufferWriter<byte> writer, string line)
    {
        var text = Encoding.UTF8.GetBytes(line);
        if (text.Length + 1 > MaxLength) throw new ArgumentException("A protocol id has at most 1023 bytes.", nameof(line));
        Uvarint.Append(writer, (ulong)text.Length + 1);
        writer.Write(text);
        writer.Write("\n"u8);
    }
}
