using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Provenance.Notes;

/// <summary>
/// The body of a C2SP tlog-checkpoint: origin, size and root, one a line. Extension lines are refused: this log writes none,
/// and nothing here would check what they say. https://c2sp.org/tlog-checkpoint
/// </summary>
public sealed record Checkpoint(string Origin, long Size, TreeHash Root)
{
    /// <summary>Parses a note's text.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Checkpoint? checkpoint, [NotNullWhen(false)] out string? error)
    {
        checkpoint = null;
        var lines = text.Split('\n');
        if (lines.Length != 4 || lines[3].Length != 0)
            error = "a checkpoint has three lines: origin, size and root";
        else if (!VerifierKey.IsValidName(lines[0]))
            error = "the checkpoint's origin is malformed";
        else if (!StrictDecimal.TryParse(lines[1], out var size))
            error = "the checkpoint's size is malformed";
        else if (!StrictBase64.TryDecode(lines[2], out var root) || root.Length != TreeHash.Size)
            error = "the checkpoint's root is malformed";
        else
        {
            checkpoint = new Checkpoint(lines[0], size, new TreeHash(root));
            error = null;
            return true;
        }

        return false;
    }

    /// <summary>The text that is signed.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Root.ToBase64()}\n");
}
