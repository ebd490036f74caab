using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Authority.Cluster;

/// <summary>
/// Collects the authorities' signatures over checkpoints of finalized sizes and says when one can be published. Pure: a value
/// that is told of signatures. Keeps the last few checkpoints of each authority, so that none can fill memory with trees that
/// never were, or push out what the others signed.
/// </summary>
internal sealed class Cosignatures(AuthoritySet set)
{
    /// <summary>Checkpoints that are kept of one authority: one that lags hears of a few that it has not finalized itself.</summary>
    private const int MaxPending = 16;

    private readonly LinkedList<(Checkpoint Checkpoint, IReadOnlyList<NoteSignature> Lines)>[] _pending =
        [.. set.Members.Select(_ => new LinkedList<(Checkpoint Checkpoint, IReadOnlyList<NoteSignature> Lines)>())];
    private long _forgotten;

    /// <summary>Takes in one authority's signatures; those that do not verify are refused.</summary>
    /// <returns>Whether they verify and are of a size that is still of interest.</returns>
    internal bool Add(int authority, Checkpoint checkpoint, IReadOnlyList<NoteSignature> lines)
    {
        if (authority < 0 || authority >= _pending.Length) return false;
        var member = set.Members[authority];
        var text = checkpoint.ToString();
        if (checkpoint.Size < _forgotten || checkpoint.Origin != set.Origin || !lines.Any(line => member.Cosigner.Verify(text, line, out _)) || !lines.Any(line => member.Log.Verify(text, line, out _))) return false;
        var signed = _pending[authority];
        for (var node = signed.First; node is not null; node = node.Next)
        {
            if (node.Value.Checkpoint != checkpoint) continue;
            signed.Remove(node);
            break;
        }
        signed.AddLast((checkpoint, lines));
        if (signed.Count > MaxPending) signed.RemoveFirst();
        return true;
    }

    /// <summary>The checkpoint of exactly this tree in its published form, with all log signatures; null while too few have signed.</summary>
    internal (SignedCheckpoint Published, SignedNote LogSignatures)? Assemble(Checkpoint checkpoint)
    {
        var lines = LinesOf(checkpoint);
        if (PublishedCheckpoint.Assemble(set, checkpoint, lines) is not { } published) return null;
        var text = checkpoint.ToString();
        return (published, new SignedNote(text, [.. set.Members.SelectMany(a => lines.Where(line => a.Log.Verify(text, line, out _)).Take(1))]));
    }

    /// <summary>All signatures over a checkpoint that have come.</summary>
    internal NoteSignature[] LinesOf(Checkpoint checkpoint) => [.. _pending.SelectMany(signed => signed).Where(s => s.Checkpoint == checkpoint).SelectMany(s => s.Lines)];

    /// <summary>Forgets sizes below a published one.</summary>
    internal void Forget(long below)
    {
        _forgotten = Math.Max(_forgotten, below);
        foreach (var signed in _pending)
        {
            for (var node = signed.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Checkpoint.Size < below) signed.Remove(node);
                node = next;
            }
        }
    }
}
