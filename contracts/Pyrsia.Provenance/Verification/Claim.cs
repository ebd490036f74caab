using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Provenance.Verification;

/// <summary>What the results of a bundle must all say.</summary>
/// <param name="Root">The digest that the coordinate resolves to.</param>
/// <param name="AlsoNames">Further coordinates.</param>
/// <param name="Outputs">Every output.</param>
/// <param name="Votes">Whose results they are, as the verdict lists them.</param>
internal sealed record Claim(Digest Root, ImmutableArray<NamedRoot> AlsoNames, ImmutableArray<ArtifactOutput> Outputs, ImmutableArray<VerdictVote> Votes)
{
    /// <summary>What a verified verdict says itself; of another, which says nothing, what the first of the bundle's results says. Null when there is none.</summary>
    internal static Claim? Of(ProvenanceBundle bundle)
    {
        var (verdict, entry) = (bundle.Verdict.Entry.Verdict, bundle.Verdict.Entry);
        if (entry.Type == EntryType.Verified)
            return new Claim(verdict.Root, verdict.AlsoNames, entry.Outputs, verdict.Agreeing);
        if (bundle.Results.IsEmpty)
            return null;
        var first = (ResultStatement)bundle.Results[0].Entry.Body!;
        var held = bundle.Results.Select(r => r.Index).ToHashSet();
        return new Claim(first.Root, first.AlsoNames, first.Outputs, [.. verdict.Dissenting.Where(v => held.Contains(v.Index))]);
    }
}
