using System.Globalization;
using Pyrsia.Libp2p;

namespace Pyrsia.Node.Hosting;

/// <summary>Limits on what peers take of a node, as <c>--limit NAME=NUMBER</c> gives them.</summary>
public static class LimitOption
{
    private static readonly Dictionary<string, Func<ResourceLimits, long, ResourceLimits>> Setters = new(StringComparer.Ordinal)
    {
        ["connections"] = (limits, n) => limits with { MaxConnections = checked((int)n) },
        ["inbound-connections"] = (limits, n) => limits with { MaxInboundConnections = checked((int)n) },
        ["inbound-connections-per-prefix"] = (limits, n) => limits with { MaxInboundConnectionsPerPrefix = checked((int)n) },
        ["connections-per-peer"] = (limits, n) => limits with { MaxConnectionsPerPeer = checked((int)n) },
        ["inbound-connections-per-peer"] = (limits, n) => limits with { MaxInboundConnectionsPerPeer = checked((int)n) },
        ["handshakes"] = (limits, n) => limits with { MaxHandshakes = checked((int)n) },
        ["handshakes-per-prefix"] = (limits, n) => limits with { MaxHandshakesPerPrefix = checked((int)n) },
        ["inbound-streams"] = (limits, n) => limits with { MaxInboundStreams = checked((int)n) },
        ["inbound-streams-per-peer"] = (limits, n) => limits with { MaxInboundStreamsPerPeer = checked((int)n) },
        ["inbound-streams-per-connection"] = (limits, n) => limits with { MaxInboundStreamsPerConnection = checked((int)n) },
        ["stream-window"] = (limits, n) => limits with { MaxStreamWindow = checked((int)n) },
        ["window-growth-per-connection"] = (limits, n) => limits with { MaxWindowGrowthPerConnection = n },
        ["window-growth-per-peer"] = (limits, n) => limits with { MaxWindowGrowthPerPeer = n },
        ["window-growth"] = (limits, n) => limits with { MaxWindowGrowth = n },
    };

    /// <summary>The names that there are.</summary>
    public static IReadOnlyCollection<string> Names => Setters.Keys;

    /// <summary>The defaults, with what the entries say instead.</summary>
    /// <exception cref="StartupException">An entry names no limit, or a number that it cannot have.</exception>
    public static ResourceLimits Read(IEnumerable<string> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var limits = new ResourceLimits();
        foreach (var entry in entries)
        {
            var (name, text) = entry.Split('=', 2) is [var left, var right] ? (left, right) : (entry, "");
            if (!Setters.TryGetValue(name, out var set)) throw new StartupException($"--limit {entry} names no limit.", $"Write NAME=NUMBER, with one of {string.Join(", ", Names)}.", isUsage: true);
            try
            {
                limits = set(limits, long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture));
                limits.Validate();
            }
            catch (Exception e) when (e is FormatException or OverflowException or ArgumentOutOfRangeException)
            {
                throw new StartupException($"--limit {entry} gives no number that this limit can have.", "Write a whole number, 1 or more; windows are in bytes, a stream's at least 262144.", isUsage: true, inner: e);
            }
        }
        return limits;
    }
}
