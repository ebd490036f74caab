namespace Pyrsia.Consensus;

/// <summary>One signed vote.</summary>
/// <param name="Kind">Which of the three.</param>
/// <param name="Epoch">The epoch it counts in.</param>
/// <param name="View">The view it counts in.</param>
/// <param name="Block">The block voted for; zero for <see cref="VoteKind.Nullify"/>.</param>
/// <param name="Signer">Index of the voter in the epoch's set.</param>
/// <param name="Signature">Over <see cref="VoteBytes"/>.</param>
public sealed record Vote(VoteKind Kind, Epoch Epoch, View View, Hash256 Block, int Signer, VoteSignature Signature);
