namespace Pyrsia.Consensus;

/// <summary>What was said in one view.</summary>
internal sealed class ViewState(View view, int participants)
{
    private readonly Vote?[] _first = new Vote?[participants];
    private readonly Vote?[] _second = new Vote?[participants];

    public View View { get; } = view;

    public OwnSlots Own;

    public Certificate? Notarization { get; set; }

    public Certificate? Nullification { get; set; }

    public Certificate? Finalization { get; set; }

    /// <summary>The block that the view's leader signed first, as seen here.</summary>
    public BlockNode? Proposal { get; set; }

    /// <summary>The vote held for a slot of a signer; the first one seen stays.</summary>
    public ref Vote? Slot(VoteKind kind, int signer) => ref (kind == VoteKind.Notarize ? _first : _second)[signer];

    /// <summary>Own votes in the order of the slots, as they were sent.</summary>
    public IEnumerable<Vote> OwnVotes(int self)
    {
        if (self >= participants) yield break;
        if (_first[self] is { } first) yield return first;
        if (_second[self] is { } second) yield return second;
    }

    public Certificate? Get(VoteKind kind) => kind switch
    {
        VoteKind.Notarize => Notarization,
        VoteKind.Nullify => Nullification,
        _ => Finalization,
    };

    public void Set(Certificate certificate)
    {
        switch (certificate.Kind)
        {
            case VoteKind.Notarize:
                Notarization = certificate;
                break;
            case VoteKind.Nullify:
                Nullification = certificate;
                break;
            default:
                Finalization = certificate;
                break;
        }
    }

    /// <summary>A certificate by which the view may be left, the strongest first.</summary>
    public Certificate? Exit => Notarization ?? Nullification ?? Finalization;

    /// <summary>A certificate of the votes held for one content, when there are enough.</summary>
    public Certificate? TryAssemble(Vote latest, int quorum, SimplexRules rules)
    {
        var slots = latest.Kind == VoteKind.Notarize ? _first : _second;
        var count = 0;
        foreach (var vote in slots)
            if (Counts(vote, latest, rules)) count++;
        if (count < quorum) return null;
        var signers = new byte[quorum];
        var signatures = new VoteSignature[quorum];
        for (int i = 0, at = 0; at < quorum; i++)
        {
            if (!Counts(slots[i], latest, rules)) continue;
            signers[at] = (byte)i;
            signatures[at++] = slots[i]!.Signature;
        }
        return new Certificate(latest.Kind, latest.Epoch, latest.View, latest.Block, signers, signatures);
    }

    private static bool Counts(Vote? vote, Vote latest, SimplexRules rules) =>
        vote is not null && vote.Kind == latest.Kind && rules.CountsTogether(vote.Block, latest.Block);
}
