using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Authority.Cluster;

/// <summary>
/// Collects the authorities' signatures over checkpoints of finalized sizes and says when one can be published. Pure: a value
/// that is told of signatures. Keeps the newest few sizes only, so that no authority can fill memory with sizes that never were.
/// </summary>
internal sealed class Cosignatures(GenesisDocument genesis)
{
    /// <summary>Sizes above the published one that are collected for: a lagging authority hears of a few that it has not finalized itself.</summary>
    private const int MaxPending = 16;

    private readonly SortedDictionary<long, Dictionary<(Checkpoint Checkpoint, int Authority), IReadOnlyList<NoteSignature>>> _pending = [];

    /// <summary>Takes in one authority's signatures; those that do not verify are refused.</summary>
    /// <returns>Whether they verify and are of a size that is still of interest.</returns>
    internal bool Add(int authority, Checkpoint checkpoint, IReadOnlyList<NoteSignature> lines)
    {
        var member = genesis.Authorities[authority];
        var text = checkpoint.ToString();
        if (checkpoint.Origin != genesis.Origin || !lines.Any(line => member.Cosigner.Verify(text, line, out _)) || !lines.Any(line => member.Log.Verify(text, line, out _))) return false;
        if (!_pending.TryGetValue(checkpoint.Size, out var signers)) _pending[checkpoint.Size] = signers = [];
        signers[(checkpoint, authority)] = lines;
        while (_pending.Count > MaxPending) _pending.Remove(_pending.Keys.First());
        return _pending.ContainsKey(checkpoint.Size);
    }

    /// <summary>The checkpoint of exactly this tree in its published form, with all log signatures; null while too few have signed.</summary>
    internal (SignedCheckpoint Published, SignedNote LogSignatures)? Assemble(Checkpoint checkpoint)
    {
        if (!_pending.TryGetValue(checkpoint.Size, out var signers)) return null;
        NoteSignature[] lines = [.. signers.Where(s => s.Key.Checkpoint == checkpoint).SelectMany(s => s.Value)];
        if (PublishedCheckpoint.Assemble(genesis, checkpoint, lines) is not { } published) return null;
        var text = checkpoint.ToString();
        return (published, new SignedNote(text, [.. genesis.Authorities.SelectMany(a => lines.Where(line => a.Log.Verify(text, line, out _)).Take(1))]));
    }

    /// <summary>Forgets sizes below a published one.</summary>
    internal void Forget(long below)
    {
        foreach (var size in _pending.Keys.Where(size => size < below).ToArray()) _pending.Remove(size);
    }
}
