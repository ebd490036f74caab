using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Ledger;

/// <summary>Chooses the builders of a request: by the replicas, never by the asker or a leader.</summary>
public static class BuilderSelection
{
    /// <summary>
    /// N = k + 2f builders, of distinct organisations as far as there are any: f of them may lie and f be silent, and k honest ones
    /// remain. All of them when there are no more; otherwise those with the smallest SHA-256(request id || name).
    /// </summary>
    /// <returns>Indices into the genesis document's builders, ascending.</returns>
    public static ImmutableArray<int> Choose(GenesisDocument genesis, RequestId request, int threshold)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        var wanted = threshold + (2 * genesis.FaultTolerance);
        if (genesis.Builders.Length <= wanted)
            return [.. Enumerable.Range(0, genesis.Builders.Length)];
        var id = request.Value;
        byte[] prefix = [.. id.Bytes];
        var ranked = Enumerable.Range(0, genesis.Builders.Length)
            .OrderBy(i => Digest.Of([.. prefix, .. System.Text.Encoding.UTF8.GetBytes(genesis.Builders[i].Name)]))
            .ToArray();
        var organisations = new HashSet<string>(StringComparer.Ordinal);
        var chosen = ranked.Where(i => organisations.Add(genesis.Builders[i].Organisation)).Take(wanted).ToHashSet();
        foreach (var i in ranked.Where(i => !chosen.Contains(i)).Take(wanted - chosen.Count).ToArray())
            chosen.Add(i);
        return [.. chosen.Order()];
    }
}
