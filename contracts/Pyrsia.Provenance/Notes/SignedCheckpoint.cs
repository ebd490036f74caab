using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Provenance.Notes;

/// <summary>A checkpoint with its signature lines, not yet judged by any policy.</summary>
public sealed class SignedCheckpoint
{
    /// <summary>Joins a checkpoint and the note that carries it.</summary>
    public SignedCheckpoint(Checkpoint checkpoint, SignedNote note)
    {
        Checkpoint = checkpoint;
        Note = note;
    }

    /// <summary>What is signed.</summary>
    public Checkpoint Checkpoint { get; }

    /// <summary>The note.</summary>
    public SignedNote Note { get; }

    /// <summary>Parses a signed checkpoint.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SignedCheckpoint? checkpoint, [NotNullWhen(false)] out string? error)
    {
        checkpoint = null;
        if (!SignedNote.TryParse(bytes, out var note, out error) || !Checkpoint.TryParse(note.Text, out var body, out error))
            return false;
        checkpoint = new SignedCheckpoint(body, note);
        return true;
    }
}
