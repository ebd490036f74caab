using Pyrsia.Authority.Keys;
using Pyrsia.Testing.Provenance;

namespace Pyrsia.Tests.Authority;

internal static class TestKeys
{
    /// <summary>The keys of one authority of a test network, which disposes them itself.</summary>
    internal static AuthorityKeys KeysOf(this TestNetwork network, int authority) => new()
    {
        Vote = network.VoteKeys[authority],
        Cosigner = network.CosignerKeys[authority],
        Log = network.LogKeys[authority],
        Builder = network.BuilderKeys[authority],
        Identity = network.Identities[authority],
    };
}
