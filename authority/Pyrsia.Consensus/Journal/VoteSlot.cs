namespace Pyrsia.Consensus;

/// <summary>What a key signs at most one vote for: slot 1 of a view takes a notarize vote, slot 2 a nullify or a finalize vote.</summary>
/// <param name="View">The view.</param>
/// <param name="Number">1 or 2.</param>
public readonly record struct VoteSlot(View View, int Number)
{
    internal static VoteSlot Of(Vote vote) => new(vote.View, vote.Kind == VoteKind.Notarize ? 1 : 2);
}
