using System.Collections.Immutable;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Notes;

/// <summary>What a published checkpoint shows when it is checked against the authority set.</summary>
/// <param name="CosignedAt">The time of every authority's cosignature, in seconds since 1970, in the order of the lines.</param>
/// <param name="Time">The (f+1)-th newest of them: at least one honest authority says that it is no older.</param>
public sealed record PublishedTimes(ImmutableArray<long> CosignedAt, long Time);

/// <summary>
/// The one form in which a checkpoint is published: its text, one log signature (0x01) of an authority, then exactly n - f
/// cosignatures (0x04) in the order of the authority index. More or fewer lines are not the published form.
/// </summary>
public static class PublishedCheckpoint
{
    /// <summary>Assembles the note out of signatures that were collected, or returns null while there are too few valid ones.</summary>
    /// <param name="set">The authority set.</param>
    /// <param name="checkpoint">What was signed.</param>
    /// <param name="signatures">Lines of any authority, in any order; invalid ones are passed over.</param>
    public static SignedCheckpoint? Assemble(AuthoritySet set, Checkpoint checkpoint, IEnumerable<NoteSignature> signatures)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(signatures);
        var text = checkpoint.ToString();
        NoteSignature? log = null;
        var logIndex = int.MaxValue;
        var cosignatures = new Dictionary<int, (NoteSignature Line, long Time)>();
        foreach (var line in signatures)
        {
            for (var i = 0; i < set.Members.Length; i++)
            {
                var authority = set.Members[i];
                if (i < logIndex && authority.Log.Verify(text, line, out _))
                    (log, logIndex) = (line, i);
                else if (authority.Cosigner.Verify(text, line, out var time) && (!cosignatures.TryGetValue(i, out var held) || held.Time < time))
                    cosignatures[i] = (line, time);
            }
        }

        if (log is null || cosignatures.Count < set.Quorum)
            return null;
        var chosen = cosignatures.OrderByDescending(c => c.Value.Time).ThenBy(c => c.Key).Take(set.Quorum).OrderBy(c => c.Key).Select(c => c.Value.Line);
        return new SignedCheckpoint(checkpoint, new SignedNote(text, [log, .. chosen]));
    }

    /// <summary>Checks that a checkpoint has the published form and that every line of it verifies.</summary>
    /// <param name="set">The authority set.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="times">When it was cosigned.</param>
    /// <returns>Null and the times, or why not.</returns>
    public static string? Check(AuthoritySet set, SignedCheckpoint checkpoint, out PublishedTimes? times)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(checkpoint);
        times = null;
        if (checkpoint.Checkpoint.Origin != set.Origin)
            return $"the checkpoint is of {checkpoint.Checkpoint.Origin}, not of {set.Origin}";
        var lines = checkpoint.Note.Signatures;
        if (lines.Length != 1 + set.Quorum)
            return $"the checkpoint has {lines.Length} signature lines; one log signature and {set.Quorum} cosignatures are the published form";
        var text = checkpoint.Note.Text;
        if (!set.Members.Any(authority => authority.Log.Verify(text, lines[0], out _)))
            return "the first line is no valid log signature of an authority";
        var cosigned = ImmutableArray.CreateBuilder<long>(set.Quorum);
        var next = 0;
        foreach (var line in lines.Skip(1))
        {
            while (next < set.Members.Length && !set.Members[next].Cosigner.Matches(line))
                next++;
            if (next == set.Members.Length)
                return $"the line of {line.Name} is not by an authority, or not in the order of the authority set";
            if (!set.Members[next].Cosigner.Verify(text, line, out var time))
                return $"the cosignature of {line.Name} does not verify";
            cosigned.Add(time);
            next++;
        }

        var newestFirst = cosigned.OrderDescending().ToArray();
        times = new PublishedTimes(cosigned.MoveToImmutable(), newestFirst[set.FaultTolerance]);
        return null;
    }
}
