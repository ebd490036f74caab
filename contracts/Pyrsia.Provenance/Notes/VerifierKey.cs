using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using Pyrsia.Curve25519;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Provenance.Notes;

/// <summary>
/// A named public key of a signed note, in text form <c>name+hex(key id)+base64(type || key)</c>.
/// https://c2sp.org/signed-note#verifier-keys
/// </summary>
public sealed class VerifierKey : IEquatable<VerifierKey>
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxNameLength = 255;

    private const int CosignatureLength = 8 + Ed25519PublicKey.SignatureLength;

    /// <summary>Makes a key.</summary>
    /// <exception cref="ArgumentException">The name is empty, too long, or has a character that notes do not allow.</exception>
    public VerifierKey(string name, NoteSignatureType type, Ed25519PublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!IsValidName(name))
            throw new ArgumentException($"'{name}' is not a name that a signed note allows", nameof(name));
        Name = name;
        Type = type;
        Key = key;
        var hash = SHA256.HashData([.. System.Text.Encoding.UTF8.GetBytes(name), (byte)'\n', (byte)type, .. key.Bytes]);
        KeyHash = hash;
        KeyId = BinaryPrimitives.ReadUInt32BigEndian(hash);
    }

    /// <summary>The key's name; for a log its origin.</summary>
    public string Name { get; }

    /// <summary>What the key signs.</summary>
    public NoteSignatureType Type { get; }

    /// <summary>The public key.</summary>
    public Ed25519PublicKey Key { get; }

    /// <summary>The first four bytes of <see cref="KeyHash"/>, as a big-endian number.</summary>
    public uint KeyId { get; }

    /// <summary>SHA-256 over name, newline, type and key: 32 bytes.</summary>
    public ReadOnlyMemory<byte> KeyHash { get; }

    /// <summary>Whether a note may carry this name: not empty, no white space, no plus, no control character.</summary>
    public static bool IsValidName([NotNullWhen(true)] string? name) =>
        !string.IsNullOrEmpty(name) && name.Length <= MaxNameLength
        && !name.Any(c => c == '+' || char.IsWhiteSpace(c) || char.IsControl(c) || char.IsSurrogate(c));

    /// <summary>Parses the text form; the key id must be that of the key.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out VerifierKey? key)
    {
        key = null;
        var parts = text?.Split('+', 3);
        if (parts is not { Length: 3 } || !IsValidName(parts[0]) || parts[1].Length != 8
            || parts[1].Any(c => !char.IsAsciiHexDigitLower(c))
            || !uint.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)
            || !StrictBase64.TryDecode(parts[2], out var value) || value.Length != 1 + Ed25519PublicKey.Length
            || (NoteSignatureType)value[0] is not (NoteSignatureType.Ed25519 or NoteSignatureType.Cosignature)
            || !Ed25519PublicKey.TryCreate(value.AsSpan(1), out var publicKey))
            return false;
        var candidate = new VerifierKey(parts[0], (NoteSignatureType)value[0], publicKey);
        if (candidate.KeyId != id)
            return false;
        key = candidate;
        return true;
    }

    /// <summary>Whether a line names this key: same name and key id.</summary>
    public bool Matches(NoteSignature line)
    {
        ArgumentNullException.ThrowIfNull(line);
        return line.KeyId == KeyId && string.Equals(line.Name, Name, StringComparison.Ordinal);
    }

    /// <summary>Verifies a line over a note's text.</summary>
    /// <param name="text">The note's text, with its last newline.</param>
    /// <param name="line">The line; must match this key.</param>
    /// <param name="timestamp">For a cosignature its time in seconds since 1970; 0 otherwise.</param>
    public bool Verify(string text, NoteSignature line, out long timestamp)
    {
        timestamp = 0;
        if (!Matches(line))
            return false;
        var value = line.Signature.Span;
        if (Type == NoteSignatureType.Ed25519)
            return value.Length == Ed25519PublicKey.SignatureLength && Key.Verify(System.Text.Encoding.UTF8.GetBytes(text), value);
        if (value.Length != CosignatureLength)
            return false;
        var time = BinaryPrimitives.ReadUInt64BigEndian(value);
        if (time > long.MaxValue)
            return false;
        timestamp = (long)time;
        return Key.Verify(CosignedMessage(text, timestamp), value[8..]);
    }

    /// <summary>The bytes that a cosignature signs: a label, the time, the whole note text.</summary>
    internal static byte[] CosignedMessage(string text, long timestamp) =>
        System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {timestamp}\n{text}"));

    /// <inheritdoc/>
    public override string ToString()
    {
        byte[] value = [(byte)Type, .. Key.Bytes];
        return string.Create(CultureInfo.InvariantCulture, $"{Name}+{KeyId:x8}+{Convert.ToBase64String(value)}");
    }

    /// <inheritdoc/>
    public bool Equals(VerifierKey? other) =>
        other is not null && Type == other.Type && string.Equals(Name, other.Name, StringComparison.Ordinal) && Key.Equals(other.Key);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VerifierKey);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)(KeyId & int.MaxValue);
}
