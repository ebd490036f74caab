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
        return [.. Rank(genesis, request, Enumerable.Range(0, genesis.Builders.Length)).Take(wanted).Order()];
    }

    /// <summary>An order that nobody can choose: by SHA-256(request id || name), the first of each organisation before all others.</summary>
    /// <param name="genesis">The builders.</param>
    /// <param name="request">The request.</param>
    /// <param name="builders">Indices into the genesis document's builders.</param>
    public static ImmutableArray<int> Rank(GenesisDocument genesis, RequestId request, IEnumerable<int> builders)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        var id = request.Value;
        byte[] prefix = [.. id.Bytes];
        var ranked = builders.OrderBy(i => Digest.Of([.. prefix, .. System.Text.Encoding.UTF8.GetBytes(genesis.Builders[i].Name)])).ToArray();
        var organisations = new HashSet<string>(StringComparer.Ordinal);
        var firsts = ranked.Where(i => organisations.Add(genesis.Builders[i].Organisation)).ToArray();
        return [.. firsts, .. ranked.Except(firsts)];
    }
}
