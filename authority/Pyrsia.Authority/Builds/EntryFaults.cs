using Pyrsia.Node.Builds;
using Pyrsia.Provenance.Ledger;

namespace Pyrsia.Authority.Builds;

/// <summary>Says for a person why an entry is refused.</summary>
internal static class EntryFaults
{
    /// <summary>What kind of refusal a fault is, for whoever is refused.</summary>
    internal static BuildRefusal RefusalOf(EntryFault fault) => fault switch
    {
        EntryFault.TooManyOpenRequests => BuildRefusal.TooMany,
        EntryFault.NotTheAsker => BuildRefusal.NotTheAsker,
        EntryFault.RequestClosed => BuildRefusal.Decided,
        EntryFault.UnknownRequest => BuildRefusal.Unknown,
        _ => BuildRefusal.Invalid,
    };

    internal static string Explain(EntryFault fault) => fault switch
    {
        EntryFault.NotMapped => "no mapping that a quorum of the authorities approved says that this is built from that source. Propose one: pyrsia mapping propose",
        EntryFault.SourceNotHttps => "the source's address is not https, which only test networks take.",
        EntryFault.WrongKind => "by the network's naming rules the other kind answers for this name: what is notarized is not built, and what is built not notarized.",
        EntryFault.BadCoordinate => "the name is not that of the reference, the source or the specification.",
        EntryFault.BadThreshold => "the number of builders that must agree is below the network's, or more than it has.",
        EntryFault.TooManyOpenRequests => "too many requests are open; try again later.",
        EntryFault.NotTheAsker => "only who asked for it can cancel it: the request is signed with another key.",
        EntryFault.UnknownRequest => "there is no such request.",
        EntryFault.UnknownProposal => "there is no such proposal.",
        EntryFault.WrongEpoch => "it is not for the next epoch: the authorities have changed since it was made.",
        EntryFault.BadSet => "these authorities are no set: it needs four, each with a name, peer id and keys of its own, and something that changes.",
        EntryFault.NoPossession => "an authority that enters or changes has not signed for it with its vote key.",
        EntryFault.KeyUsedBefore => "a vote key in it was in a set before. Make another: pyrsia-authority set key",
        EntryFault.TooManyChanges => "so many authorities would change at once that those who stay are no quorum. Change fewer, and the others in the epoch after.",
        EntryFault.NotAnAuthority => "only an authority's own vote key can approve.",
        EntryFault.RequestClosed => "it is decided already.",
        EntryFault.WrongChain => "it is for another network.",
        EntryFault.BadSignature or EntryFault.WrongKey => "its signature is not by the key that it names.",
        _ => $"{fault}.",
    };
}
