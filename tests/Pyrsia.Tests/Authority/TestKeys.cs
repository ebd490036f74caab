using Pyrsia.Authority.Keys;
using Pyrsia.Curve25519;
using Pyrsia.Testing.Provenance;

namespace Pyrsia.Tests.Authority;

internal static class TestKeys
{
    /// <summary>The keys of one authority of a test network, which disposes them itself.</summary>
    internal static AuthorityKeys KeysOf(this TestNetwork network, int authority, Ed25519PrivateKey? next = null) => new()
    {
        Votes = next is null ? [new VoteKey("vote", network.VoteKeys[authority])] : [new VoteKey("vote", network.VoteKeys[authority]), new VoteKey("vote-2", next)],
        Cosigner = network.CosignerKeys[authority],
        Log = network.LogKeys[authority],
        Builder = network.BuilderKeys[authority],
        Identity = network.Identities[authority],
    };
}
