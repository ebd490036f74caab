using Pyrsia.Consensus;

namespace Pyrsia.Testing.Consensus;

/// <summary>The vote keys of a simulated set.</summary>
public interface IVoteKeys : IVerifier
{
    ISigner SignerOf(int participant);
}
