using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Provenance.Notes;

/// <summary>
/// A C2SP signed note: a text that ends in a newline, an empty line, and signature lines. https://c2sp.org/signed-note
/// Parsing is strict (one spelling for one note), so that writing a parsed note gives the same bytes.
/// </summary>
public sealed class SignedNote
{
    /// <summary>The longest note that is read, in bytes: a checkpoint with 100 cosignatures is under 16 KiB.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>The most signature lines that are read; Go's x/mod note package stops at the same number.</summary>
    public const int MaxSignatures = 100;

    private const string LinePrefix = "\u2014 ";
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Makes a note.</summary>
    public SignedNote(string text, ImmutableArray<NoteSignature> signatures)
    {
        Text = text;
        Signatures = signatures;
    }

    /// <summary>The signed text, with its last newline.</summary>
    public string Text { get; }

    /// <summary>The signature lines in their order.</summary>
    public ImmutableArray<NoteSignature> Signatures { get; }

    /// <summary>Parses a note.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SignedNote? note, [NotNullWhen(false)] out string? error)
    {
        note = null;
        if (bytes.Length > MaxBytes)
            return Fail($"the note is longer than {MaxBytes} bytes", out error);
        string all;
        try
        {
            all = Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Fail("the note is not UTF-8", out error);
        }

        if (all.Any(c => c is < ' ' and not '\n' or '\x7f'))
            return Fail("the note has control characters", out error);
        var split = all.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0 || !all.EndsWith('\n'))
            return Fail("the note has no signature block", out error);
        var lines = all[(split + 2)..].Split('\n');
        var count = lines.Length - 1;
        if (count is < 1 or > MaxSignatures)
            return Fail($"the note has {count} signature lines, 1 to {MaxSignatures} are allowed", out error);
        var signatures = ImmutableArray.CreateBuilder<NoteSignature>(count);
        for (var i = 0; i < count; i++)
        {
            if (!TryParseLine(lines[i], out var signature))
                return Fail($"signature line {i + 1} is malformed", out error);
            signatures.Add(signature);
        }

        note = new SignedNote(all[..(split + 1)], signatures.MoveToImmutable());
        error = null;
        return true;
    }

    /// <summary>Parses one signature line without its newline.</summary>
    public static bool TryParseLine(string line, [NotNullWhen(true)] out NoteSignature? signature)
    {
        signature = null;
        if (!line.StartsWith(LinePrefix, StringComparison.Ordinal))
            return false;
        var parts = line[LinePrefix.Length..].Split(' ');
        if (parts.Length != 2 || !VerifierKey.IsValidName(parts[0]) || !StrictBase64.TryDecode(parts[1], out var value) || value.Length < 5)
            return false;
        signature = new NoteSignature(parts[0], BinaryPrimitives.ReadUInt32BigEndian(value), value.AsMemory(4));
        return true;
    }

    /// <summary>The bytes of the note.</summary>
    public byte[] ToBytes() => Utf8.GetBytes(ToString());

    /// <summary>The note as text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Text).Append('\n');
        foreach (var signature in Signatures)
            text.Append(signature);
        return text.ToString();
    }

    private static bool Fail(string reason, out string? error)
    {
        error = reason;
        return false;
    }
}
