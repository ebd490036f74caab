using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Authority.Cluster;

/// <summary>Collects the signatures under the checkpoint that ends an epoch, which prove the next set. Pure; holds two lines of each authority at most.</summary>
/// <param name="set">The authorities of the ending epoch.</param>
/// <param name="checkpoint">The tree that ends with the set change.</param>
/// <param name="change">The set change.</param>
internal sealed class EndingEpoch(AuthoritySet set, Checkpoint checkpoint, SetChangeEntry change)
{
    private readonly Dictionary<(string Name, uint Key), NoteSignature> _lines = [];

    internal Checkpoint Checkpoint => checkpoint;

    internal SetChangeEntry Change => change;

    /// <summary>Takes in signatures; those that are not an authority's are passed over.</summary>
    internal void Add(IEnumerable<NoteSignature> lines)
    {
        var text = checkpoint.ToString();
        foreach (var line in lines)
            if (set.Members.Any(member => member.Cosigner.Verify(text, line, out _) || member.Log.Verify(text, line, out _))) _lines[(line.Name, line.KeyId)] = line;
    }

    /// <summary>The checkpoint in its published form; null while too few have signed.</summary>
    internal SignedCheckpoint? Assemble() => PublishedCheckpoint.Assemble(set, checkpoint, _lines.Values);
}
