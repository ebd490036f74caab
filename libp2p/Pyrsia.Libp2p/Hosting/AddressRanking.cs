using System.Net;
using System.Net.Sockets;

namespace Pyrsia.Libp2p;

/// <summary>Which of a peer's addresses is dialed before which. Pure: what is near is handed in.</summary>
/// <remarks>
/// First where the way is shortest: on this machine and its own networks, then in the Internet, then in private networks that this machine stands in none of, and over relays last.
/// Of the same place, the transport that costs least: TCP carries three times as much as QUIC for the same processor time here and is known at once to be dead when its process
/// ends, which outweighs the round trip that QUIC saves; a WebSocket puts a round trip and masked frames on top of TCP. Of the same transport IPv6 and IPv4 take turns, IPv6 first (RFC 8305,
/// section 4): where one family leads nowhere, half of a head start is lost and not all. Among equals the order in which they came stays.
/// </remarks>
internal static class AddressRanking
{
    /// <summary>How many head starts of others the first address over a relay waits for when a direct one is under way. A relay carries bytes for others and a circuit over it is cut,
    /// so that a direct handshake over a long path, three round trips of 150 ms, is waited for.</summary>
    public const int RelayPatience = 2;

    /// <summary>Puts targets in the order in which they are dialed.</summary>
    /// <param name="targets">The targets, the likeliest first.</param>
    /// <param name="near">The networks that this machine has an address in.</param>
    public static IReadOnlyList<DialTarget> Order(IReadOnlyList<DialTarget> targets, IReadOnlyList<IPNetwork> near) =>
        targets.Count < 2 ? targets : [.. targets.GroupBy(target => (Place(target, near), Transport(target))).OrderBy(group => group.Key).SelectMany(TakeTurns)];

    /// <summary>Time that one dial has before the next joins it.</summary>
    /// <param name="before">The dial that has begun last.</param>
    /// <param name="next">The one that is next.</param>
    /// <param name="stagger">Head start of one address before the next.</param>
    public static TimeSpan HeadStart(DialTarget before, DialTarget next, TimeSpan stagger) => before.Relay is null && next.Relay is not null ? stagger * RelayPatience : stagger;

    /// <summary>True when the order of targets depends on where this machine stands.</summary>
    public static bool NeedsNear(IReadOnlyList<DialTarget> targets) => targets.Count > 1 && targets.Any(t => t.EndPoint is { Address: var ip } && !IPAddress.IsLoopback(ip) && !AddressScope.IsPublic(ip));

    private static int Place(DialTarget target, IReadOnlyList<IPNetwork> near)
    {
        if (target.Memory is not null) return 0;
        if (target.EndPoint is not { Address: var ip }) return 3;
        if (IPAddress.IsLoopback(ip) || near.Any(network => network.Contains(ip))) return 0;
        return AddressScope.IsPublic(ip) ? 1 : 2;
    }

    private static int Transport(DialTarget target) => target.Quic ? 1 : target.WebSocketHost is null ? 0 : 2;

    private static IEnumerable<DialTarget> TakeTurns(IEnumerable<DialTarget> equals)
    {
        var byFamily = equals.ToLookup(target => target.EndPoint?.AddressFamily == AddressFamily.InterNetworkV6);
        var (six, four) = (byFamily[true].ToArray(), byFamily[false].ToArray());
        for (var i = 0; i < Math.Max(six.Length, four.Length); i++)
        {
            if (i < six.Length) yield return six[i];
            if (i < four.Length) yield return four[i];
        }
    }
}
