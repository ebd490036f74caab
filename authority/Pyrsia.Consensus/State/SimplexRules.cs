namespace Pyrsia.Consensus;

/// <summary>
/// The rules that safety and liveness rest on, each by itself, so that a test can replace one and show that the simulator notices.
/// Production code uses this class as it stands.
/// </summary>
internal class SimplexRules
{
    public static SimplexRules Standard { get; } = new();

    /// <summary>How many votes make a certificate.</summary>
    public virtual int Quorum(int participants) => ConsensusParameters.QuorumOf(participants);

    /// <summary>Slot 1 is empty, and the view was not given up.</summary>
    public virtual bool MayNotarize(in OwnSlots own) => own.Notarized.IsZero && !own.Nullified;

    /// <summary>Slot 2 is empty.</summary>
    public virtual bool MayNullify(in OwnSlots own) => !own.Nullified && own.Finalized.IsZero;

    /// <summary>Slot 2 is empty.</summary>
    public virtual bool MayFinalize(in OwnSlots own) => !own.Nullified && own.Finalized.IsZero;

    /// <summary>Whether two notarize or finalize votes count together.</summary>
    public virtual bool CountsTogether(Hash256 one, Hash256 other) => one == other;

    /// <summary>Whether a justification must nullify every view between parent and block.</summary>
    public virtual bool NeedsNullifications => true;

    /// <summary>Whether a block's size and root must be those that applying it gives.</summary>
    public virtual bool ChecksRoot => true;

    /// <summary>Whether a block may hold entries after a stop block.</summary>
    public virtual bool AllowsEntriesAfterStop => false;

    /// <summary>Whether a proposal's time is held against the own clock.</summary>
    public virtual bool ChecksTime => true;

    /// <summary>Whether a finalization commits only beside the notarization of the same block.</summary>
    public virtual bool CommitNeedsNotarization => true;

    /// <summary>Whether this record is made durable.</summary>
    public virtual bool Persists(JournalRecord record) => true;

    /// <summary>Whether this record is taken up again after a restart.</summary>
    public virtual bool Replays(JournalRecord record) => true;

    /// <summary>Whether a view that makes no progress repeats what was said in it.</summary>
    public virtual bool Resends => true;

    /// <summary>Whether a peer that is behind is answered with the certificates it lacks.</summary>
    public virtual bool HelpsPeersBehind => true;

    /// <summary>Whether a view that shows no progress in time is given up.</summary>
    public virtual bool TimesOut => true;

    /// <summary>Whether an own vote that this participant has no record of (a second copy, a restored backup) ends its voting.</summary>
    public virtual bool StopsOnForeignOwnVote => true;

    /// <summary>How many times D is doubled: once per f + 1 views since the last finalization, and reset by nothing else.</summary>
    public virtual int BackOffSteps(View view, View finalized, int faults)
    {
        var since = view.Number - finalized.Number;
        return since <= 2 ? 0 : (int)Math.Min((since - 2) / (ulong)(faults + 1), 32);
    }
}
