namespace Pyrsia.Provenance.Notes;

/// <summary>One signature line of a signed note: <c>— name base64(keyId || signature)</c>.</summary>
public sealed class NoteSignature
{
    /// <summary>Makes a line.</summary>
    /// <param name="name">The key's name.</param>
    /// <param name="keyId">The key id, as a big-endian number.</param>
    /// <param name="signature">What follows the key id; for a cosignature the timestamp and the signature.</param>
    public NoteSignature(string name, uint keyId, ReadOnlyMemory<byte> signature)
    {
        Name = name;
        KeyId = keyId;
        Signature = signature;
    }

    /// <summary>The key's name.</summary>
    public string Name { get; }

    /// <summary>The first four bytes of the key's hash, as a big-endian number.</summary>
    public uint KeyId { get; }

    /// <summary>The bytes after the key id.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>The line, with its newline.</summary>
    public override string ToString()
    {
        var bytes = new byte[4 + Signature.Length];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
        Signature.Span.CopyTo(bytes.AsSpan(4));
        return $"\u2014 {Name} {Convert.ToBase64String(bytes)}\n";
    }
}
