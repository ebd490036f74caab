namespace Pyrsia.Consensus;

/// <summary>
/// Two votes of one key that an honest key never signs both: different contents in one slot of one view. It stands by itself:
/// anybody with the key and the chain id can check it.
/// </summary>
/// <param name="First">One vote.</param>
/// <param name="Second">The vote that clashes with it.</param>
public sealed record Evidence(Vote First, Vote Second)
{
    /// <summary>The culprit's index in the set of the epoch.</summary>
    public int Culprit => First.Signer;

    /// <summary>Whether two votes are different contents in one slot of one key.</summary>
    public static bool Clash(Vote first, Vote second) =>
        first.Signer == second.Signer && first.Epoch == second.Epoch && first.View == second.View
        && (first.Kind == VoteKind.Notarize) == (second.Kind == VoteKind.Notarize)
        && (first.Kind != second.Kind || first.Block != second.Block);

    /// <summary>Whether the votes clash and both signatures hold.</summary>
    public bool Verify(Hash256 chainId, IVerifier verifier) =>
        Clash(First, Second) && VerifyVote(First, chainId, verifier) && VerifyVote(Second, chainId, verifier);

    /// <summary>Every clash between the votes inside two certificates, one piece of evidence a culprit.</summary>
    public static IEnumerable<Evidence> Between(Certificate first, Certificate second)
    {
        for (var i = 0; i < first.Signers.Length; i++)
        {
            var at = first.Signers[i];
            var j = second.Signers.IndexOf(at);
            if (j < 0) continue;
            var a = new Vote(first.Kind, first.Epoch, first.View, first.Block, at, first.Signatures[i]);
            var b = new Vote(second.Kind, second.Epoch, second.View, second.Block, at, second.Signatures[j]);
            if (Clash(a, b)) yield return new Evidence(a, b);
        }
    }

    private static bool VerifyVote(Vote vote, Hash256 chainId, IVerifier verifier)
    {
        Span<byte> message = stackalloc byte[VoteBytes.Length];
        Span<byte> signature = stackalloc byte[VoteSignature.Size];
        VoteBytes.Write(message, chainId, vote.Kind, vote.Epoch, vote.View, vote.Block);
        vote.Signature.CopyTo(signature);
        return verifier.Verify(vote.Signer, message, signature);
    }
}
