using System.Diagnostics.CodeAnalysis;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Authority.Cluster;

/// <summary>One authority's signatures over a checkpoint, as it sends them to the others: a signed note of its two lines.</summary>
internal static class CosignMessage
{
    /// <summary>Writes the message.</summary>
    internal static byte[] Encode(Checkpoint checkpoint, NoteSignature cosignature, NoteSignature logSignature) =>
        new SignedNote(checkpoint.ToString(), [cosignature, logSignature]).ToBytes();

    /// <summary>Reads the message; false when it is no signed checkpoint.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> message, [NotNullWhen(true)] out Checkpoint? checkpoint, out IReadOnlyList<NoteSignature> lines)
    {
        (checkpoint, lines) = (null, []);
        if (!SignedCheckpoint.TryParse(message, out var signed, out _)) return false;
        (checkpoint, lines) = (signed.Checkpoint, signed.Note.Signatures);
        return true;
    }
}
