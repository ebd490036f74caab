namespace Pyrsia.Libp2p;

/// <summary>Turns <c>/dnsaddr/NAME</c> into the addresses that the TXT records of <c>_dnsaddr.NAME</c> hold, which may be such names again.
/// https://github.com/multiformats/multiaddr/blob/master/protocols/DNSADDR.md</summary>
/// <param name="lookup">Finds the texts of a name.</param>
internal sealed class DnsaddrResolver(Func<string, CancellationToken, Task<IReadOnlyList<string>>> lookup)
{
    /// <summary>Names that lead to names; a tree of bootstrap peers by region needs two.</summary>
    public const int MaxDepth = 4;

    /// <summary>Look-ups of one resolution, over all depths.</summary>
    public const int MaxLookups = 16;

    /// <summary>Addresses that one resolution yields.</summary>
    public const int MaxAddresses = 32;

    private const string Prefix = "_dnsaddr.";
    private const string Attribute = "dnsaddr=";

    /// <summary>The addresses behind a name; a peer id at its end keeps those of this peer alone.</summary>
    /// <exception cref="DialFailedException">A look-up failed and nothing was found.</exception>
    public async Task<IReadOnlyList<Multiaddr>> ResolveAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        var found = new List<Multiaddr>();
        var waiting = new Queue<(Multiaddr Address, int Depth)>([(address, 0)]);
        var asked = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        DialFailedException? trouble = null;
        while (found.Count < MaxAddresses && waiting.TryDequeue(out var next))
        {
            if (!next.Address.TryGetDnsaddrName(out var name))
            {
                if (!found.Contains(next.Address)) found.Add(next.Address);
                continue;
            }
            if (next.Depth == MaxDepth || asked.Count == MaxLookups || !asked.Add(name)) continue;
            try
            {
                foreach (var text in await lookup(Prefix + name, cancellationToken).ConfigureAwait(false))
                    if (Parse(text, next.Address.PeerId) is { } further) waiting.Enqueue((further, next.Depth + 1));
            }
            catch (DialFailedException e)
            {
                trouble = e;
            }
        }
        return found.Count > 0 || trouble is null ? found : throw trouble;
    }

    private static Multiaddr? Parse(string text, PeerId? wanted)
    {
        if (!text.StartsWith(Attribute, StringComparison.Ordinal) || !Multiaddr.TryParse(text[Attribute.Length..], out var address)) return null;
        if (wanted is not { } peer || address.PeerId == peer) return address;
        // A name without a peer id may lead to the peer that is wanted; an address without one is not known to be its own.
        return address.PeerId is null && address.TryGetDnsaddrName(out _) ? address.WithPeerId(peer) : null;
    }
}
