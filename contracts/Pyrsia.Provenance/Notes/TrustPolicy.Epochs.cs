using System.Collections.Immutable;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Notes;

public sealed partial class TrustPolicy
{
    /// <summary>
    /// What the policy asks in a later epoch. It names the authorities of epoch 0: whoever has the name of one stands for it, and a group of all of them becomes
    /// the group of all that there are, with that set's quorum where it asked for the first one's. What it says of others stays.
    /// </summary>
    /// <param name="first">The authorities of epoch 0.</param>
    /// <param name="set">Those of the later epoch.</param>
    public TrustPolicy InEpoch(AuthoritySet first, AuthoritySet set)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(set);
        if (set.Epoch == first.Epoch)
            return this;
        var names = first.Members.ToDictionary(member => member.Name, member => Witnesses.FirstOrDefault(w => w.Key.Equals(member.Cosigner))?.Name ?? member.Name, StringComparer.Ordinal);
        var theirs = names.Values.ToHashSet(StringComparer.Ordinal);
        var sitting = set.Members.Select(member => new PolicyWitness(names.GetValueOrDefault(member.Name, member.Name), member.Cosigner, null)).ToImmutableArray();
        var others = Witnesses.Where(w => first.Members.All(member => !w.Key.Equals(member.Cosigner))).Where(w => sitting.All(s => s.Name != w.Name));
        var logs = Logs.Where(log => first.Members.All(member => !log.Key.Equals(member.Log)));
        return new TrustPolicy(
            [.. logs, .. set.Members.Select(member => new PolicyLog(member.Log, null))], [.. others, .. sitting],
            [.. Groups.Select(group => theirs.SetEquals(group.Members) ? Of(group) : group)], Quorum);

        PolicyGroup Of(PolicyGroup group) => new(
            group.Name, group.Threshold == first.Quorum ? set.Quorum : Math.Min(group.Threshold, set.Members.Length), [.. sitting.Select(s => s.Name)]);
    }
}
